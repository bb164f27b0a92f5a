/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sqlite.c - what the workload sqlite measures and can be told; what it does is isoapp_sqlite.c. */
#include "load.h"

const struct workload workload_sqlite = {
	.name = "sqlite",
	.resource = "application",
	.what = "SQLite: durable inserts, point reads, small transactions",
	.teaches = "A real application mixes the prices that the other workloads show one by one: reads from its cache are the CPU's and cost "
	           "the same everywhere, each commit waits for the disk by whatever way the arm has to it.",
	.needs_scratch = true,
	.app = true,
	.metrics = {
		{ "insert", "s", BETTER_LOWER, "one row inserted and committed to the disk" },
		{ "read", "s", BETTER_LOWER, "one row found by its key" },
		{ "transaction", "s", BETTER_LOWER, "three rows read, two updated and one inserted, committed to the disk" },
	},
	.params = {
		{ "rows", PARAM_COUNT, "10000", NULL, "of the table, some 150 bytes each, 100 … 1000000", .least = 100, .most = 1000000 },
		{ "journal", PARAM_CHOICE, "wal", "wal rollback", "wal: commits go to a log; rollback: pages that change are saved and then written in place" },
		{ "count", PARAM_COUNT, "1000", NULL, "inserts, and transactions, measured, 3 … 9000, unless the time is over before",
		  .least = LOAD_SAMPLES_MIN, .most = 9000 },
		{ "reads", PARAM_COUNT, "5000", NULL, "reads measured, 3 … 9000, unless the time is over before", .least = LOAD_SAMPLES_MIN, .most = 9000 },
		{ "warmup", PARAM_COUNT, "20", NULL, "of each before them, marked, 0 … 1000", .most = 1000 },
		{ "time", PARAM_SECONDS, "1s", NULL, "how long to measure each at most" },
	},
};
