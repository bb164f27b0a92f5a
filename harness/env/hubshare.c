/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hubshare.c - one hub and one peer for all arms. */
#include "env/hubshare.h"

static struct hubshare shared;

int hubshare_get(struct hubshare **ret, struct err *err)
{
	int r = shared.users ? 0 : nethub_open(&shared.hub, err);
	if (r < 0)
		return r;
	shared.users++;
	*ret = &shared;
	return 0;
}

void hubshare_put(struct hubshare *s)
{
	if (!s || --s->users > 0)
		return;
	peer_stop(s->peer);
	nethub_close(s->hub);
	*s = (struct hubshare){ 0 };
}
