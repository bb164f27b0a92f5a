/* SPDX-License-Identifier: GPL-3.0-or-later */
/* escape.c - `isoload escape`: run the battery, each attempt in a child of its own, and tell what came of each. */
#include "escape_try.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE };

#define TIME_LIMIT_MS 30000

/* Beside 0 and -errno. */
enum { R_UNSET = -100000, R_NA, R_KEPT };

/* Where the child says what came of it: memory that it shares, since it may end in many ways. */
static struct said {
	int r;
	char text[ESCAPE_TEXT_MAX];
} *said;

static const struct {
	const char *name;
	const struct escape *attempts;
} topics[] = {
	{ "mounts and root", escape_mounts },   { "processes and privilege", escape_processes }, { "the machine", escape_kernel },
	{ "kernel interfaces", escape_syscalls }, { "devices", escape_devices },                { "network and IPC", escape_network },
	{ "limits", escape_limits },            { "leaks", escape_leaks },
};

static const struct escape *at(size_t i, const char **ret_topic)
{
	for (size_t t = 0; t < sizeof(topics) / sizeof(*topics); t++)
		for (const struct escape *e = topics[t].attempts; e->name; e++)
			if (i-- == 0) {
				*ret_topic = topics[t].name;
				return e;
			}
	return NULL;
}

const struct escape *escape_at(size_t i)
{
	const char *topic;
	return at(i, &topic);
}

const char *escape_topic(size_t i)
{
	const char *topic = NULL;
	at(i, &topic);
	return topic;
}

__attribute__((format(printf, 2, 0))) static int say(int r, const char *fmt, va_list ap)
{
	vsnprintf(said->text, sizeof(said->text), fmt, ap);
	said->r = r;
	return r;
}

#define SAY(name, r) \
	int name(const char *fmt, ...) \
	{ \
		va_list ap; \
		va_start(ap, fmt); \
		int ret = say(r, fmt, ap); \
		va_end(ap); \
		return ret; \
	}
SAY(escape_na, R_NA)
SAY(escape_kept, R_KEPT)
SAY(escape_got, 0)

/* ---- the place it runs in ---- */

static struct {
	bool filter, host_root;         /* a system-call filter is loaded; uid 0 of the initial user namespace */
	bool own_kernel;                /* not the one of the host that laid out the bait */
	uint64_t caps;
	char release[80];
	uint64_t btime;
} place;

static void look_around(const struct escape_facts *f)
{
	char map[128];
	unsigned long inside, outside, n;
	place.filter = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) > 0;
	place.caps = escape_caps();
	struct utsname u = { 0 };
	uname(&u);
	snprintf(place.release, sizeof(place.release), "%s", *u.release ? u.release : "unknown");
	place.btime = escape_btime();
	place.own_kernel = *f->kernel && escape_other_kernel(place.release, place.btime, f->kernel, f->btime);
	escape_read("/proc/self/uid_map", map, sizeof(map));
	place.host_root = geteuid() == 0 && sscanf(map, "%lu %lu %lu", &inside, &outside, &n) == 3 && outside == 0 && n == 4294967295;
}

/* It is the host that refuses this, to everybody: the call does not exist, or nothing that the arm could have given is
 * withheld, and yet. */
static bool refused_to_all(const struct escape *e, const struct escape_facts *f, int r)
{
	if (r == -ENOSYS && !place.filter)
		return escape_na("this kernel has no such system call");
	if ((r != -EPERM && r != -EACCES) || !e->cap || !place.host_root || place.filter || !f->caps ||
	    (place.caps & f->caps) != f->caps)
		return false;
	if (!(place.caps >> e->cap & 1))
		return escape_na("root has no right to it here (capability %d)", e->cap);
	return escape_na("root is refused it here too (by lockdown, a sysctl, a security module or a cgroup)");
}

/* ---- one attempt ---- */

static _Noreturn void child(const struct escape *e, const struct escape_facts *f)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* No core: 1 also keeps one from a pipe. */
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 1, 1 });
	said->r = e->run(f);
	_exit(0);
}

/* Wait for its end, by our hand when it takes too long; then end what it left. Returns the signal that ended it, or 0. */
static int attend(pid_t pid)
{
	int status = 0, pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	bool late = pidfd >= 0 && poll(&p, 1, TIME_LIMIT_MS) == 0;
	if (late)
		kill(pid, SIGKILL);
	waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	while (waitpid(-pid, NULL, 0) > 0)
		;
	if (pidfd >= 0)
		close(pidfd);
	if (late) {
		snprintf(said->text, sizeof(said->text), "it took more than %d s and was ended", TIME_LIMIT_MS / 1000);
		said->r = -ETIMEDOUT;
		return 0;
	}
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static bool expected(const struct escape *e, int code)
{
	for (size_t i = 0; i < ESCAPE_HELD_MAX && e->held[i]; i++)
		if (e->held[i] == code)
			return true;
	return false;
}

static void record(const char *name, const char *outcome, const char *code)
{
	for (char *c = said->text; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = '_';
	printf("attempt %s %s %s%s%s\n", name, outcome, code ? code : "-", *said->text ? " " : "", said->text);
	fflush(stdout);
}

static void attempt(const struct escape *e, const struct escape_facts *f)
{
	said->r = R_UNSET;
	said->text[0] = '\0';
	pid_t pid = fork();
	if (pid == 0)
		child(e, f);
	if (pid < 0) {
		snprintf(said->text, sizeof(said->text), "can't fork: %s", strerror(errno));
		record(e->name, "unexpected", strerrorname_np(errno));
		return;
	}
	setpgid(pid, pid);
	int sig = attend(pid);
	char name[16];
	snprintf(name, sizeof(name), "SIG%s", sig && sigabbrev_np(sig) ? sigabbrev_np(sig) : "?");
	if (said->r == R_UNSET || (sig && said->r != R_NA))
		record(e->name, sig && expected(e, -sig) ? "held" : "unexpected", sig ? name : NULL);
	else if (said->r == R_NA || refused_to_all(e, f, said->r))
		record(e->name, "na", NULL);
	else if (said->r == R_KEPT || said->r == 0)
		record(e->name, said->r ? "held" : "escaped", NULL);
	else
		record(e->name, expected(e, -said->r) ? "held" : "unexpected", strerrorname_np(-said->r));
}

static bool lacking(const struct escape *e, const struct escape_facts *f)
{
	size_t len = e->path && !place.own_kernel ? strlen(e->path) : 0;
	for (const char *at = f->lacks; len && at && (at = strstr(at, e->path)); at += len)
		if (at[len] == ',' || at[len] == '\0')
			return true;
	return false;
}

/* ---- the command line ---- */

static const struct {
	const char *key, *what;
	size_t text, number;            /* offset in struct escape_facts; 0 in one of them, and both 0 for the token */
} keys[] = {
#define TEXT(name, what) { #name, what, offsetof(struct escape_facts, name), 0 }
#define NUMBER(name, what) { #name, what, 0, offsetof(struct escape_facts, name) }
	TEXT(victim, "name of a process outside"),
	TEXT(marker, "a file outside that holds the token"),
	TEXT(socket, "an abstract socket outside"),
	TEXT(lacks, "comma-separated paths that the host has not"),
	TEXT(kernel, "release of the host's kernel"),
	NUMBER(btime, "when the host booted, in seconds since 1970"),
	NUMBER(null_dev, "device of the host's /dev/null node"),
	NUMBER(null_ino, "inode of the host's /dev/null node"),
	NUMBER(port, "TCP port of a service on the loopback device outside"),
	NUMBER(pids, "the limit of processes"),
	NUMBER(memory, "the limit of memory in bytes"),
	NUMBER(cpus, "the number of CPUs"),
	NUMBER(uts, "inode of the UTS namespace outside"),
	NUMBER(net, "inode of the network namespace outside"),
	NUMBER(caps, "capabilities of the host's root, as a number"),
};

static bool parse_number(const char *text, uint64_t *ret)
{
	char *end;
	errno = 0;
	uint64_t v = strtoull(text, &end, 0);
	if (errno || *end || end == text || *text == '-')
		return false;
	*ret = v;
	return true;
}

/* false: said on standard error what was expected. */
static bool take(const char *arg, struct escape_facts *f)
{
	const char *val = strchr(arg, '=') + 1;
	size_t len = (size_t)(val - arg) - 1;
	uint64_t n;
	if (strncmp(arg, "token=", 6) == 0) {
		f->token = val;
		return true;
	}
	if (strncmp(arg, "shm=", 4) == 0 || strncmp(arg, "tty=", 4) == 0) {
		if (!parse_number(val, &n) || n > INT32_MAX) {
			fprintf(stderr, "isoload: escape run: %s: expected a number\n", arg);
			return false;
		}
		*(arg[0] == 's' ? &f->shm : &f->tty) = (int)n;
		return true;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (strlen(keys[i].key) != len || strncmp(keys[i].key, arg, len) != 0)
			continue;
		if (keys[i].text)
			*(const char **)((char *)f + keys[i].text) = val;
		else if (!parse_number(val, (uint64_t *)((char *)f + keys[i].number))) {
			fprintf(stderr, "isoload: escape run: %s: expected %s\n", arg, keys[i].what);
			return false;
		}
		return true;
	}
	fprintf(stderr, "isoload: escape run: no parameter '%.*s'; expected token, shm, tty", (int)len, arg);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		fprintf(stderr, ", %s", keys[i].key);
	fputc('\n', stderr);
	return false;
}

static const struct escape *find(const char *name)
{
	const struct escape *e;
	for (size_t i = 0; (e = escape_at(i)); i++)
		if (strcmp(e->name, name) == 0)
			return e;
	return NULL;
}

static bool chosen(const struct escape *e, int argc, char **argv)
{
	bool any = false;
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], e->name) == 0)
			return true;
		any |= !strchr(argv[i], '=');
	}
	return !any;
}

static int run(int argc, char **argv)
{
	struct escape_facts f = { .token = "", .victim = "", .marker = "/no/such/marker", .socket = "isocost-no-such-socket", .lacks = "",
	                          .kernel = "", .shm = -1, .tty = -1 };
	const struct escape *e;
	unsigned count = 0;
	for (int i = 0; i < argc; i++) {
		if (strchr(argv[i], '=')) {
			if (!take(argv[i], &f))
				return EXIT_USAGE;
		} else if (!find(argv[i])) {
			fprintf(stderr, "isoload: escape run: no attempt '%s'; `isoload escape list` names them\n", argv[i]);
			return EXIT_USAGE;
		}
	}
	said = mmap(NULL, sizeof(*said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (said == MAP_FAILED) {
		perror("isoload: escape run");
		return EXIT_FAILED;
	}
	/* What an attempt leaves behind comes back to us and is ended. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	look_around(&f);
	for (size_t i = 0; (e = escape_at(i)); i++)
		count += chosen(e, argc, argv);
	printf("battery %d %u %s %llu\n", ESCAPE_VERSION, count, place.release, (unsigned long long)place.btime);
	fflush(stdout);
	for (size_t i = 0; (e = escape_at(i)); i++) {
		if (!chosen(e, argc, argv))
			continue;
		if (lacking(e, &f)) {
			snprintf(said->text, sizeof(said->text), "this host has no %s", e->path);
			record(e->name, "na", NULL);
		} else {
			attempt(e, &f);
		}
	}
	puts("end");
	return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

static int list(void)
{
	const struct escape *e;
	for (size_t i = 0; (e = escape_at(i)); i++)
		printf("%-22s%s; held by: %s\n", e->name, e->what, e->held_by);
	return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

/* What this program has become through an exec: 0 when it is that. */
static int is(const char *what)
{
	if (strcmp(what, "capable") == 0)
		return escape_caps() ? 0 : 1;
	if (strcmp(what, "other-user") == 0)
		return geteuid() == 1 ? 0 : 1;
	return EXIT_USAGE;
}

int escape_main(int argc, char **argv)
{
	if (argc >= 1 && strcmp(argv[0], "run") == 0)
		return run(argc - 1, argv + 1);
	if (argc == 1 && strcmp(argv[0], "list") == 0)
		return list();
	if (argc == 2 && strcmp(argv[0], "is") == 0)
		return is(argv[1]);
	fputs("isoload: escape: expected list, or run [NAME...] [KEY=VALUE...]\n", stderr);
	return EXIT_USAGE;
}
