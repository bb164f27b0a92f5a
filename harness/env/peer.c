/* SPDX-License-Identifier: GPL-3.0-or-later */
/* peer.c - start the peer, learn where it listens, and end it. */
#include "env/peer.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/proc.h"
#include "env/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#define START_NS (20 * CLK_S)

extern char **environ;

struct peer {
	pid_t pid;
	int life;                       /* the write end of its standard input */
	char address[32];
};

struct birth {
	char *program;
	const char *address;
	int in, out;                    /* its ends */
	pid_t pid;
};

/* In a process group of its own: what a terminal sends to the harness is not meant for it. */
static int give_birth(void *arg)
{
	struct birth *b = arg;
	char *const argv[] = { (char *)"isoload", (char *)"serve", (char *)b->address, NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, b->in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&fa, b->out, STDOUT_FILENO);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	int r = -posix_spawn(&b->pid, b->program, &fa, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&attr);
	return r;
}

/* What it says first: "serving ADDRESS:PORT". */
static int read_address(int fd, char *ret, size_t size)
{
	static const char says[] = "serving ";
	int64_t deadline = clk_now() + START_NS;
	char line[64];
	size_t len = 0;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int n = poll(&p, 1, clk_poll_ms(deadline));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ETIMEDOUT;
		ssize_t got = read(fd, line + len, sizeof(line) - 1 - len);
		if (got <= 0)
			return got < 0 ? -errno : -EPIPE;
		len += (size_t)got;
		line[len] = '\0';
		char *end = strchr(line, '\n');
		if (end && strncmp(line, says, sizeof(says) - 1) == 0 && (size_t)(end - line) < sizeof(says) - 1 + size) {
			*end = '\0';
			strcpy(ret, line + sizeof(says) - 1);
			return 0;
		}
		if (end || len == sizeof(line) - 1)
			return -EPROTO;
	}
}

void peer_stop(struct peer *p)
{
	if (!p)
		return;
	fd_closep(&p->life);
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		proc_wait(p->pid);
	}
	free(p);
}

static void peer_stopp(struct peer **p)
{
	peer_stop(*p);
}

int peer_start(const char *load_dir, int netns, const char *address, struct peer **ret, struct err *err)
{
	int in[2], out[2];
	if (pipe2(in, O_CLOEXEC) < 0)
		return err_sysf(err, -errno, "pipe");
	cleanup(fd_closep) int in_r = in[0], in_w = in[1];
	if (pipe2(out, O_CLOEXEC) < 0)
		return err_sysf(err, -errno, "pipe");
	cleanup(fd_closep) int out_r = out[0], out_w = out[1];
	cleanup_free char *program = xasprintf("%s/isoload", load_dir);
	struct birth b = { .program = program, .address = address, .in = in_r, .out = out_w };
	int r = netns >= 0 ? netns_run(netns, give_birth, &b, err) : give_birth(&b);
	if (r < 0)
		return err_sysf(err, r, "can't start the network workloads' peer, %s", program);
	cleanup(peer_stopp) struct peer *p = xcalloc(1, sizeof(*p));
	p->pid = b.pid;
	p->life = fd_steal(&in_w);
	close(fd_steal(&out_w));
	r = read_address(out_r, p->address, sizeof(p->address));
	if (r < 0)
		return err_sysf(err, r, "%s serve %s did not say where it listens", program, address);
	*ret = ptr_steal(&p);
	return 0;
}

const char *peer_address(const struct peer *p)
{
	return p->address;
}

/* Still there, and not waiting to be reaped. */
static bool lives(const struct peer *p)
{
	siginfo_t info = { 0 };
	return waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

int peer_provide(struct peer **peer, const struct env_ctx *ctx, const struct nethub *hub, const struct env_spec *spec,
                 struct strv *vars, struct err *err)
{
	if (!spec->peer)
		return 0;
	if (!*peer || !lives(*peer)) {
		peer_stop(ptr_steal(peer));
		int r = hub ? peer_start(ctx->load_dir, nethub_ns(hub), NETHUB_ADDRESS, peer, err)
		            : peer_start(ctx->load_dir, -1, "127.0.0.1", peer, err);
		if (r < 0)
			return r;
		if (spec->phases)
			spec->phases->start_ns = clk_now();
	}
	strv_addf(vars, "ISOCOST_PEER=%s", peer_address(*peer));
	return 0;
}

bool peer_wanted(const struct workload *w, const struct kvs *params)
{
	const struct param *p = workload_param(w, "peer");
	const char *given = kvs_get(params, "peer");
	return p && strcmp(given ? given : p->def, "outside") == 0;
}

static int refuse(bool wanted, const char *why, struct err *err)
{
	return wanted ? err_setf(err, -ENOTSUP, "this arm has no network to a peer: %s", why) : 0;
}

int peer_refuse(const struct env_spec *spec, const char *why, struct err *err)
{
	return refuse(spec->peer, why, err);
}

int peer_unfit(const struct workload *w, const struct kvs *params, const char *why, struct err *err)
{
	return refuse(peer_wanted(w, params), why, err);
}
