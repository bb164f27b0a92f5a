/* SPDX-License-Identifier: GPL-3.0-or-later */
/* savedstate.h - the saved state of a guest, from which any number of others are restored at the same time.
 *
 * The file is libvirt's: a header, the domain's XML, then QEMU's stream. libvirt lets an XML given for the restore, or edited into the
 * file, change neither name nor UUID, so that only one guest at a time could come from a file. Therefore a launch gives libvirt a
 * named pipe in place of the file: in it come a header with the launch's own XML, then QEMU's stream out of the file. Nothing is copied
 * on the disk, and libvirt's and QEMU's own checks of what they read stay as they are. */
#ifndef ISOCOST_SAVEDSTATE_H
#define ISOCOST_SAVEDSTATE_H

#include "base/err.h"

#include <stdint.h>

struct savedstate;
struct statefeed;

/* Open a file that libvirt has saved; it stays open. -ENOTSUP: this libvirt writes another format; -EPROTO: it is no state. */
int savedstate_open(const char *file, struct savedstate **ret, struct err *err);
void savedstate_free(struct savedstate *s);             /* NULL is a no-op; the file stays */
uint64_t savedstate_bytes(const struct savedstate *s);  /* of QEMU's stream */

/* Make a named pipe at path and a thread that writes the state of a guest with this XML to whoever opens it, once. Fails with
 * -ESTALE when the file is not as it was saved. The state must outlive the feed. */
int savedstate_feed(const struct savedstate *s, const char *xml, const char *path, struct statefeed **ret, struct err *err);
/* End the thread, once nobody has the pipe open any more or its reader has what it wants. If it was not given whole, err (may be NULL)
 * says how far it came, behind what it says already. */
void statefeed_end(struct statefeed *f, struct err *err);

#endif
