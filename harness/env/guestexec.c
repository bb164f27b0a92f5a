/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestexec.c - run one command in a guest. */
#include "env/guest.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "env/approot.h"
#include "env/guest_priv.h"
#include "env/tty.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* How long a killed command may take to be gone; the guest counts as dead after that. */
#define KILL_NS (5 * CLK_S)

/* The harness's side of a command's standard input. */
struct input {
	int fd;                         /* -1: at its end, or there is none */
	struct tty_raw *tty;            /* fd is a terminal, in raw mode now; NULL: it is not */
	struct guest_winsize size;
	size_t window;                  /* bytes that may still be sent */
};

static void input_end(struct input *in)
{
	tty_raw_leave(in->tty);
	in->tty = NULL;
}

/* A call without an output function is connected to the harness's own standard files. */
static int input_begin(struct input *in, const struct guest *g, const struct env_call *call, struct err *err)
{
	*in = (struct input){ .fd = call->output ? -1 : g->c->ctx->stdin_fd, .window = GUEST_STDIN_WINDOW };
	if (in->fd < 0 || !tty_interactive(in->fd, STDOUT_FILENO))
		return 0;
	tty_size(in->fd, &in->size.rows, &in->size.cols);
	return tty_raw_enter(in->fd, &in->tty, err);
}

static void add_string(struct str *b, const char *s)
{
	str_add(b, s, strlen(s) + 1);
}

static int send_exec(struct guest *g, const struct env_call *call, const struct input *in, struct err *err)
{
	struct guest_exec x = { .tty = in->tty != NULL, .size = in->size };
	const char *term = getenv("TERM");
	cleanup(str_free) struct str strings = { 0 }, b = { 0 };
	for (; call->argv[x.argc]; x.argc++)
		add_string(&strings, call->argv[x.argc]);
	cleanup_free char *t = xasprintf("TERM=%s", term ? term : "linux");
	const char *const env[] = { "PATH=" GUEST_PATH, "HOME=/root", g->scratch ? "ISOCOST_SCRATCH=" GUEST_SCRATCH : NULL,
	                            g->root ? APPROOT_VARIABLE "=" GUEST_ROOT : NULL, in->tty ? t : NULL };
	for (size_t i = 0; i < sizeof(env) / sizeof(*env); i++) {
		if (!env[i])
			continue;
		add_string(&strings, env[i]);
		x.envc++;
	}
	for (size_t i = 0; i < g->vars.n; i++, x.envc++)
		add_string(&strings, g->vars.v[i]);
	str_add(&b, &x, sizeof(x));
	str_add(&b, strings.s, strings.len);
	if (b.len > GUEST_FRAME_MAX)
		return err_setf(err, -E2BIG, "the command's arguments are longer than %u bytes", GUEST_FRAME_MAX);
	int r = guestlink_send(&g->link, GUEST_EXEC, b.s, b.len, call->deadline_ns);
	return r < 0 ? err_sysf(err, r, "can't send the command to the guest") : 0;
}

/* Pass on what can be read now, as much as the window allows. */
static int relay_input(struct guest *g, struct input *in)
{
	char buf[16384];
	ssize_t n = read(in->fd, buf, in->window < sizeof(buf) ? in->window : sizeof(buf));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		input_end(in);
		in->fd = -1;
		n = 0;
	}
	in->window -= (size_t)n;
	return guestlink_send(&g->link, GUEST_STDIN, buf, (size_t)n, 0);
}

static int relay_size(struct guest *g, struct input *in)
{
	char buf[64];
	while (read(tty_resized_fd(in->tty), buf, sizeof(buf)) == sizeof(buf))
		;
	if (tty_size(in->fd, &in->size.rows, &in->size.cols) < 0)
		return 0;
	return guestlink_send(&g->link, GUEST_WINSIZE, &in->size, sizeof(in->size), 0);
}

static int pass_output(struct guest *g, struct env_call *call, const struct link_frame *f, struct err *err)
{
	int fd = f->type == GUEST_STDOUT ? STDOUT_FILENO : STDERR_FILENO;
	if (call->output) {
		call->output(call->arg, fd, f->data, f->len, g->link.t_ns);
		return 0;
	}
	int r = fs_write_all(fd, f->data, f->len);
	return r < 0 ? err_sysf(err, r, "can't write what the command in the guest says") : 0;
}

/* Act on one frame: 1 when the command has ended. */
static int handle(struct guest *g, struct env_call *call, struct input *in, const struct link_frame *f, struct err *err)
{
	uint32_t taken;
	int32_t status;
	switch (f->type) {
	case GUEST_STDOUT:
	case GUEST_STDERR:
		return pass_output(g, call, f, err);
	case GUEST_STDIN_TAKEN:
		if (f->len != sizeof(taken))
			break;
		memcpy(&taken, f->data, sizeof(taken));
		in->window += taken;
		return 0;
	case GUEST_EXIT:
		if (f->len != sizeof(status))
			break;
		memcpy(&status, f->data, sizeof(status));
		call->status = status;
		return 1;
	case GUEST_TROUBLE:
		g->dead = true;
		err_setf(err, -EPIPE, "the guest's init says: %.*s", (int)f->len, f->data);
		return guest_last_words(g, err);
	default:
		break;
	}
	return err_setf(err, -EPROTO, "the guest's stream makes no sense (frame type %u of %zu bytes)", f->type, f->len);
}

/* Act on the frames that are here: 1 when the command has ended. */
static int handle_all(struct guest *g, struct env_call *call, struct input *in, struct err *err)
{
	struct link_frame f;
	int r;
	while ((r = guestlink_next(&g->link, &f, err)) > 0) {
		r = handle(g, call, in, &f, err);
		if (r != 0)
			return r;
	}
	return r;
}

/* Wait for more; a call that may be ended from outside has no terminal, whose size could change. */
static int wait_more(struct guest *g, const struct env_call *call, const struct input *in, struct err *err)
{
	int second = call->stop_fd ? *call->stop_fd : in->tty ? tty_resized_fd(in->tty) : -1;
	int r = guest_wait(g, in->window ? in->fd : -1, second, call->deadline_ns, err);
	return r == 2 && call->stop_fd ? err_setf(err, -ECANCELED, "told to end: killed") : r;
}

static int converse(struct guest *g, struct env_call *call, struct input *in, struct err *err)
{
	for (;;) {
		int r = handle_all(g, call, in, err);
		if (r != 0)
			return r < 0 ? r : 0;
		r = wait_more(g, call, in, err);
		if (r > 0)
			r = (r == 1 ? relay_input(g, in) : relay_size(g, in)) < 0 ? err_setf(err, -EPIPE, "the guest takes no more input") : 0;
		if (r < 0)
			return r;
	}
}

static void ignore_output(void *arg, int fd, const char *buf, size_t len, int64_t t_ns)
{
	(void)arg;
	(void)fd;
	(void)buf;
	(void)len;
	(void)t_ns;
}

/* End the command; what it still says is nobody's. Without success no other command can run. */
static void kill_command(struct guest *g)
{
	uint32_t sig = SIGKILL;
	char *const none[] = { NULL };
	struct env_call call = { .argv = none, .output = ignore_output, .deadline_ns = clk_now() + KILL_NS };
	struct input in = { .fd = -1 };
	struct err err = { 0 };
	g->dead = guestlink_send(&g->link, GUEST_SIGNAL, &sig, sizeof(sig), call.deadline_ns) < 0;
	while (!g->dead) {
		int r = handle_all(g, &call, &in, &err);
		if (r > 0)
			return;
		if (r == 0)
			r = guest_wait(g, -1, -1, call.deadline_ns, &err);
		/* The signal that interrupted the command stays readable: the guest is destroyed instead of asked. */
		if (r < 0)
			g->dead = true;
	}
}

int guest_exec(struct guest *g, struct env_call *call, struct err *err)
{
	if (g->dead)
		return err_setf(err, -EPIPE, "the guest is gone");
	cleanup(input_end) struct input in = { .fd = -1 };
	int r = input_begin(&in, g, call, err);
	if (r == 0)
		r = send_exec(g, call, &in, err);
	if (r < 0)
		return r;
	if (in.fd < 0)
		r = guestlink_send(&g->link, GUEST_STDIN, NULL, 0, call->deadline_ns);
	if (r == 0)
		r = converse(g, call, &in, err);
	if (r == -ETIMEDOUT) {
		err_setf(err, r, "'%s' did not end in time in the guest and was killed", call->argv[0]);
		guest_last_words(g, err);
	}
	if (r < 0 && !g->dead)
		kill_command(g);
	return r;
}
