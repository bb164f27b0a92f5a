/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isoapp_sqlite.c - the workload sqlite: a bank of accounts, as TPC-B has it, small and with one client. */
#include "app.h"
#include "load.h"
#include "scratch.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum { START = 1000, REHEARSED = 20 };  /* on each account; transactions before the measurement */

enum statement { BEGIN, COMMIT, INSERT, READ, DEBIT, CREDIT, HISTORY, STATEMENTS };

static const char *const texts[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[INSERT] = "INSERT INTO log(id, note) VALUES (?1, ?2)",
	[READ] = "SELECT id, note, balance FROM account WHERE id = ?1",
	[DEBIT] = "UPDATE account SET balance = balance - ?2 WHERE id = ?1",
	[CREDIT] = "UPDATE account SET balance = balance + ?2 WHERE id = ?1",
	[HISTORY] = "INSERT INTO history(id, debited, credited, amount) VALUES (?1, ?2, ?3, ?4)",
};

static const char schema[] = "CREATE TABLE account(id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, note TEXT NOT NULL);"
                             "CREATE TABLE history(id INTEGER PRIMARY KEY, debited INTEGER, credited INTEGER, amount INTEGER);"
                             "CREATE TABLE log(id INTEGER PRIMARY KEY, note TEXT NOT NULL);";

struct bank {
	sqlite3 *db;
	sqlite3_stmt *s[STATEMENTS];
	sqlite3_int64 rows, inserted, transacted;
	uint64_t state;
	char note[128];
	int note_len;
};

/* ---- SQLite's answers ---- */

static int failed(struct load *l, const struct bank *b, const char *doing)
{
	int system = sqlite3_system_errno(b->db);
	return load_failf(l, system ? system : EIO, "sqlite: %s: %s", doing, sqlite3_errmsg(b->db));
}

static int execute(struct load *l, struct bank *b, const char *sql)
{
	return sqlite3_exec(b->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(l, b, sql);
}

/* The first column of the first row, as text. */
static int ask(struct load *l, struct bank *b, const char *sql, char *ret, size_t size)
{
	sqlite3_stmt *s;
	if (sqlite3_prepare_v2(b->db, sql, -1, &s, NULL) != SQLITE_OK)
		return failed(l, b, sql);
	bool row = sqlite3_step(s) == SQLITE_ROW;
	if (row)
		snprintf(ret, size, "%s", (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	return row ? 0 : failed(l, b, sql);
}

static int expect(struct load *l, struct bank *b, const char *sql, const char *expected)
{
	char got[64];
	int r = ask(l, b, sql, got, sizeof(got));
	if (r == 0 && strcmp(got, expected) != 0)
		r = load_failf(l, EIO, "sqlite: %s: expected %s, got %s", sql, expected, got);
	return r;
}

/* Run a statement that gives no row. */
static int done(sqlite3_stmt *s)
{
	int r = sqlite3_step(s);
	sqlite3_reset(s);
	return r == SQLITE_DONE ? 0 : -EIO;
}

/* ---- the work ---- */

static uint64_t next(struct bank *b)
{
	b->state = b->state * 6364136223846793005u + 1442695040888963407u;
	return b->state >> 33;
}

#define NOTE_REST " of somebody who has a name, an address and a remark of a hundred characters or so"
#define NOTE "account %010lld" NOTE_REST
#define SQL_NOTE "account %010d" NOTE_REST

static void write_note(struct bank *b, sqlite3_int64 id)
{
	b->note_len = snprintf(b->note, sizeof(b->note), NOTE, (long long)id);
}

static int insert(struct bank *b)
{
	sqlite3_stmt *s = b->s[INSERT];
	sqlite3_bind_int64(s, 1, b->inserted + 1);
	sqlite3_bind_text(s, 2, b->note, b->note_len, SQLITE_STATIC);
	int r = done(s);                /* without BEGIN it is a transaction of its own */
	b->inserted += r == 0;
	return r;
}

static int read_one(struct bank *b, sqlite3_int64 id)
{
	sqlite3_stmt *s = b->s[READ];
	sqlite3_bind_int64(s, 1, id);
	bool right = sqlite3_step(s) == SQLITE_ROW && sqlite3_column_int64(s, 0) == id && sqlite3_column_text(s, 1) &&
	             sqlite3_column_bytes(s, 1) == b->note_len && sqlite3_column_int64(s, 2) >= 0 - (sqlite3_int64)b->transacted * 100;
	sqlite3_reset(s);
	return right ? 0 : -EIO;
}

static int read_any(struct bank *b)
{
	return read_one(b, (sqlite3_int64)(next(b) % (uint64_t)b->rows) + 1);
}

static int move(sqlite3_stmt *s, sqlite3_int64 id, sqlite3_int64 amount)
{
	sqlite3_bind_int64(s, 1, id);
	sqlite3_bind_int64(s, 2, amount);
	return done(s);
}

static int transaction(struct bank *b)
{
	sqlite3_int64 from = (sqlite3_int64)(next(b) % (uint64_t)b->rows) + 1, to = (sqlite3_int64)(next(b) % (uint64_t)b->rows) + 1;
	sqlite3_int64 amount = (sqlite3_int64)(next(b) % 100);
	int r = done(b->s[BEGIN]);
	if (r == 0)
		r = read_one(b, from);
	if (r == 0)
		r = read_one(b, to);
	if (r == 0)
		r = read_any(b);
	if (r == 0)
		r = move(b->s[DEBIT], from, amount);
	if (r == 0)
		r = move(b->s[CREDIT], to, amount);
	sqlite3_bind_int64(b->s[HISTORY], 1, b->transacted + 1);
	sqlite3_bind_int64(b->s[HISTORY], 2, from);
	sqlite3_bind_int64(b->s[HISTORY], 3, to);
	sqlite3_bind_int64(b->s[HISTORY], 4, amount);
	if (r == 0)
		r = done(b->s[HISTORY]);
	if (r == 0)
		r = done(b->s[COMMIT]);
	b->transacted += r == 0;
	return r;
}

/* ---- the measurement ---- */

static int measure(struct load *l, struct bank *b, const char *metric, int (*work)(struct bank *b), uint64_t count)
{
	uint64_t warmup = load_count(l, "warmup");
	int64_t limit = load_now() + load_ns(load_seconds(l, "time"));
	int r = 0;
	for (uint64_t i = 0; i < warmup + count && r == 0; i++) {
		int64_t start = load_now();
		r = work(b);
		int64_t end = load_now();
		r = r < 0 ? failed(l, b, metric) : load_interval(l, metric, i < warmup, start, end, 1);
		if (i < warmup)
			limit = end + load_ns(load_seconds(l, "time"));
		else if (end > limit && i >= warmup + LOAD_SAMPLES_MIN)
			break;
	}
	return r;
}

/* A fixed piece of work; what the accounts hold then is the check value. */
static int rehearse(struct load *l, struct bank *b)
{
	char sum[64] = "";
	int r = 0;
	for (int i = 0; i < REHEARSED && r == 0; i++)
		r = transaction(b) < 0 ? failed(l, b, "transaction") : 0;
	if (r == 0)
		r = ask(l, b, "SELECT sum(id * balance) FROM account", sum, sizeof(sum));
	load_digest(l, sum, strlen(sum));
	if (r == 0)
		r = ask(l, b, "SELECT sum(id * (debited * 3 + credited * 5 + amount)) FROM history", sum, sizeof(sum));
	load_digest(l, sum, strlen(sum));
	return r;
}

/* No money is made, nothing is missing, and the file is whole. */
static int check(struct load *l, struct bank *b)
{
	char number[32];
	int r = expect(l, b, "PRAGMA integrity_check", "ok");
	if (r == 0)
		r = expect(l, b, "SELECT count(*) FROM account WHERE note <> printf('" SQL_NOTE "', id)", "0");
	snprintf(number, sizeof(number), "%lld", (long long)b->rows * START);
	if (r == 0)
		r = expect(l, b, "SELECT sum(balance) FROM account", number);
	snprintf(number, sizeof(number), "%lld", (long long)b->transacted);
	if (r == 0)
		r = expect(l, b, "SELECT count(*) FROM history", number);
	snprintf(number, sizeof(number), "%lld", (long long)b->inserted);
	return r < 0 ? r : expect(l, b, "SELECT count(*) FROM log", number);
}

/* ---- the database ---- */

static int fill(struct load *l, struct bank *b)
{
	sqlite3_stmt *s;
	int r = execute(l, b, "BEGIN");
	if (r < 0)
		return r;
	if (sqlite3_prepare_v2(b->db, "INSERT INTO account(id, balance, note) VALUES (?1, ?2, ?3)", -1, &s, NULL) != SQLITE_OK)
		return failed(l, b, "prepare");
	for (sqlite3_int64 id = 1; id <= b->rows && r == 0; id++) {
		sqlite3_bind_int64(s, 1, id);
		sqlite3_bind_int64(s, 2, START);
		write_note(b, id);
		sqlite3_bind_text(s, 3, b->note, b->note_len, SQLITE_STATIC);
		r = done(s) < 0 ? failed(l, b, "insert") : 0;
	}
	sqlite3_finalize(s);
	return r < 0 ? r : execute(l, b, "COMMIT");
}

/* That commits are durable is asked back, not only told: a journal that can't be had is another one without a word. */
static int open_bank(struct load *l, struct bank *b)
{
	bool wal = load_is(l, "journal", "wal");
	char path[4200];
	snprintf(path, sizeof(path), "%s/a0", load_scratch_path());
	if (sqlite3_open_v2(path, &b->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, "unix") != SQLITE_OK)
		return failed(l, b, "open");
	int r = expect(l, b, wal ? "PRAGMA journal_mode = wal" : "PRAGMA journal_mode = delete", wal ? "wal" : "delete");
	if (r == 0)
		r = execute(l, b, "PRAGMA synchronous = full; PRAGMA temp_store = memory");
	if (r == 0)
		r = expect(l, b, "PRAGMA synchronous", "2");
	if (r == 0)
		r = execute(l, b, schema);
	if (r == 0)
		r = fill(l, b);
	for (int i = 0; i < STATEMENTS && r == 0; i++)
		if (sqlite3_prepare_v3(b->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &b->s[i], NULL) != SQLITE_OK)
			r = failed(l, b, texts[i]);
	return r;
}

static void close_bank(struct bank *b)
{
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(b->s[i]);
	sqlite3_close(b->db);
}

static int work(struct load *l, struct bank *b)
{
	int r = open_bank(l, b);
	if (r == 0)
		r = rehearse(l, b);
	if (r == 0)
		r = measure(l, b, "insert", insert, load_count(l, "count"));
	if (r == 0)
		r = measure(l, b, "read", read_any, load_count(l, "reads"));
	if (r == 0)
		r = measure(l, b, "transaction", transaction, load_count(l, "count"));
	return r < 0 ? r : check(l, b);
}

int app_sqlite(struct load *l)
{
	struct bank b = { .rows = (sqlite3_int64)load_count(l, "rows"), .state = 1 };
	int dir = load_scratch_on_disk(l, false);
	if (dir == 0)
		dir = load_scratch_open_dir(l, 1);
	if (dir < 0)
		return dir;
	load_fact(l, "sqlite", sqlite3_libversion());
	int r = work(l, &b);
	close_bank(&b);
	load_scratch_close_dir(dir);
	return r;
}
