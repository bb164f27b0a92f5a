/* SPDX-License-Identifier: GPL-3.0-or-later */
/* savedstate.c - the saved state of a guest. */
#include "env/savedstate.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

/* libvirt's header, of version 2. data_len bytes follow: the XML, ended by NUL, then from cookie_offset on what libvirt wants to
 * remember and padding. */
struct header {
	char magic[16];
	uint32_t version;
	uint32_t data_len;
	uint32_t was_running;
	uint32_t compressed;            /* 0: QEMU's stream as it is */
	uint32_t cookie_offset;         /* 0: none */
	uint32_t unused[14];
};
#define HEADER_MAGIC "LibvirtQemudSave"
#define HEADER_VERSION 2
#define STREAM_MAGIC "QEVM"

#define PIPE_BYTES (1 << 20)    /* what every user may have */

struct savedstate {
	char *file;
	int fd;
	off_t at;                       /* of QEMU's stream */
	struct stat st;                 /* as it was saved */
};

struct statefeed {
	const struct savedstate *state;
	pthread_t thread;
	sem_t opened;                   /* its end of the pipe is open, or can't be */
	char *path;
	struct str head;                /* header and XML */
	off_t given;                    /* how far in the file it came */
	int result;
};

/* ---- the file ---- */

void savedstate_free(struct savedstate *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	free(s->file);
	free(s);
}

static void savedstate_freep(struct savedstate **s)
{
	savedstate_free(*s);
}

static int find_stream(struct savedstate *s, struct err *err)
{
	struct header h;
	char magic[4];
	if (pread(s->fd, &h, sizeof(h), 0) != sizeof(h) || memcmp(h.magic, HEADER_MAGIC, sizeof(h.magic)) != 0)
		return err_setf(err, -EPROTO, "%s is not a state that libvirt has saved", s->file);
	if (h.version != HEADER_VERSION || h.compressed)
		return err_setf(err, -ENOTSUP, "this libvirt saves states in another form (version %u, compression %u; expected %u, 0)", h.version,
		                h.compressed, HEADER_VERSION);
	s->at = (off_t)(sizeof(h) + h.data_len);
	if (pread(s->fd, magic, sizeof(magic), s->at) != sizeof(magic) || memcmp(magic, STREAM_MAGIC, sizeof(magic)) != 0)
		return err_setf(err, -EPROTO, "%s has no state of QEMU behind its header", s->file);
	return 0;
}

int savedstate_open(const char *file, struct savedstate **ret, struct err *err)
{
	cleanup(savedstate_freep) struct savedstate *s = xcalloc(1, sizeof(*s));
	s->file = xstrdup(file);
	s->fd = open(file, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0 || fstat(s->fd, &s->st) < 0)
		return err_sysf(err, -errno, "can't read the saved state %s", file);
	int r = find_stream(s, err);
	if (r < 0)
		return r;
	*ret = ptr_steal(&s);
	return 0;
}

uint64_t savedstate_bytes(const struct savedstate *s)
{
	return (uint64_t)(s->st.st_size - s->at);
}

static int check_unchanged(const struct savedstate *s, struct err *err)
{
	struct stat st;
	if (fstat(s->fd, &st) < 0)
		return err_sysf(err, -errno, "%s", s->file);
	if (st.st_size != s->st.st_size)
		return err_setf(err, -ESTALE, "the saved state %s is damaged: it has %lld bytes and had %lld when it was saved", s->file,
		                (long long)st.st_size, (long long)s->st.st_size);
	if (st.st_mtim.tv_sec != s->st.st_mtim.tv_sec || st.st_mtim.tv_nsec != s->st.st_mtim.tv_nsec)
		return err_setf(err, -ESTALE, "the saved state %s is damaged: it was written to since it was saved", s->file);
	return 0;
}

/* ---- the pipe ---- */

static int give(struct statefeed *f)
{
	/* Waits until somebody opens the other end. */
	cleanup(fd_closep) int fd = open(f->path, O_WRONLY | O_CLOEXEC);
	int e = errno;
	sem_post(&f->opened);
	if (fd < 0)
		return -e;
	fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
	int r = fs_write_all(fd, f->head.s, f->head.len);
	for (off_t end = f->state->st.st_size; r == 0 && f->given < end;) {
		ssize_t n = splice(f->state->fd, &f->given, fd, NULL, (size_t)(end - f->given), 0);
		if (n < 0 && errno != EINTR)
			r = -errno;
		if (n == 0)
			r = -ENODATA;
	}
	return r;
}

static void *run(void *arg)
{
	struct statefeed *f = arg;
	f->result = give(f);
	return NULL;
}

static void make_head(struct str *b, const char *xml)
{
	struct header h = { .version = HEADER_VERSION, .data_len = (uint32_t)strlen(xml) + 1, .was_running = 1 };
	memcpy(h.magic, HEADER_MAGIC, sizeof(h.magic));
	str_add(b, &h, sizeof(h));
	str_add(b, xml, h.data_len);
}

static void feed_free(struct statefeed *f)
{
	sem_destroy(&f->opened);
	str_free(&f->head);
	free(f->path);
	free(f);
}

int savedstate_feed(const struct savedstate *s, const char *xml, const char *path, struct statefeed **ret, struct err *err)
{
	int r = check_unchanged(s, err);
	if (r < 0)
		return r;
	if (mkfifo(path, 0600) < 0)
		return err_sysf(err, -errno, "can't make a named pipe at %s", path);
	struct statefeed *f = xcalloc(1, sizeof(*f));
	sem_init(&f->opened, 0, 0);
	f->state = s;
	f->path = xstrdup(path);
	f->given = s->at;
	make_head(&f->head, xml);
	/* No signal for it: also not the one for a pipe that nobody reads. */
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&f->thread, NULL, run, f);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r < 0) {
		feed_free(f);
		return err_sysf(err, r, "can't make a thread");
	}
	*ret = f;
	return 0;
}

void statefeed_end(struct statefeed *f, struct err *err)
{
	/* If nobody came, it still waits: come, let it see that, and go. */
	cleanup(fd_closep) int fd = open(f->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	while (fd >= 0 && sem_wait(&f->opened) < 0)
		;
	if (fd >= 0)
		close(fd_steal(&fd));
	else
		pthread_cancel(f->thread);      /* no descriptor left, say */
	pthread_join(f->thread, NULL);
	long long given = f->given - f->state->at, all = (long long)savedstate_bytes(f->state);
	if (f->result == -ENODATA)
		err_addf(err, " (the file is cut short: of the state's %lld bytes it has %lld)", all, given);
	else if (f->result < 0)
		err_addf(err, " (the reader took %lld of the state's %lld bytes)", given, all);
	feed_free(f);
}
