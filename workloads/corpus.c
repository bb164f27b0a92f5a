/* SPDX-License-Identifier: GPL-3.0-or-later */
/* corpus.c - generate the corpus. Integers only, and nothing of a library whose code might differ.
 *
 * Sections of 4 KiB take turns: words, log, words, records. Words are picked log-uniformly by rank, which is Zipf's law; a
 * word is syllables that its rank chooses. What is random in the log and the records are digits and small differences. */
#include "corpus.h"

#include <stdint.h>
#include <string.h>

enum { SECTION = 4096, RANK_BITS = 11 };

struct writer {
	unsigned char *at, *end;        /* what passes the end is dropped */
	uint64_t state;
	uint64_t clock, serial;         /* of the log and of the records */
};

static uint32_t next(struct writer *w)
{
	w->state = w->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(w->state >> 33);
}

static uint32_t below(struct writer *w, uint32_t n)
{
	return next(w) % n;
}

static void put(struct writer *w, const void *data, size_t len)
{
	size_t room = (size_t)(w->end - w->at);
	if (len > room)
		len = room;
	memcpy(w->at, data, len);
	w->at += len;
}

static void text(struct writer *w, const char *s)
{
	put(w, s, strlen(s));
}

static void number(struct writer *w, uint64_t v, int digits)
{
	char s[20];
	for (int i = digits - 1; i >= 0; i--, v /= 10)
		s[i] = (char)('0' + v % 10);
	put(w, s, (size_t)digits);
}

static void word(struct writer *w)
{
	static const char *const syllables[] = { "a",  "be", "con", "der", "en",  "fi", "ing", "the", "ti", "er", "lo", "ment", "no", "of",
		                                 "re", "st", "tion", "un", "vi", "ly", "and", "in",  "mi", "pro", "to", "al",   "es", "ou",
		                                 "ka", "so", "per", "wh" };
	uint32_t bits = below(w, RANK_BITS), rank = (1u << bits) + (next(w) & ((1u << bits) - 1));
	do
		text(w, syllables[rank % 32]);
	while (rank /= 32);
}

static void words(struct writer *w)
{
	while (w->at < w->end) {
		word(w);
		text(w, below(w, 9) ? " " : below(w, 3) ? ", " : ".\n");
	}
}

static void log_lines(struct writer *w)
{
	static const char *const levels[] = { "INFO  ", "INFO  ", "INFO  ", "DEBUG ", "WARN  ", "INFO  ", "DEBUG ", "ERROR " };
	static const char *const what[] = { "GET /index", "GET /item/", "POST /order/", "cache miss ", "connection from 10.0.0." };
	while (w->at < w->end) {
		w->clock += below(w, 2000);
		text(w, "2026-03-14T");
		number(w, w->clock / 3600000000 % 24, 2);
		text(w, ":");
		number(w, w->clock / 60000000 % 60, 2);
		text(w, ":");
		number(w, w->clock / 1000000 % 60, 2);
		text(w, ".");
		number(w, w->clock % 1000000, 6);
		text(w, "Z ");
		text(w, levels[below(w, 8)]);
		text(w, "worker[");
		number(w, below(w, 16), 2);
		text(w, "] ");
		text(w, what[below(w, 5)]);
		number(w, below(w, 1000), 3);
		text(w, " took ");
		uint32_t took = below(w, 300);
		number(w, took * below(w, 30), 4);
		text(w, " us\n");
	}
}

static void little(struct writer *w, uint64_t v, int bytes)
{
	unsigned char b[8];
	for (int i = 0; i < bytes; i++)
		b[i] = (unsigned char)(v >> 8 * i);
	put(w, b, (size_t)bytes);
}

static void records(struct writer *w)
{
	while (w->at < w->end) {
		little(w, ++w->serial, 4);
		little(w, 0x100 | below(w, 4), 2);
		little(w, below(w, 200), 2);
		little(w, 1773446400 + w->serial / 7, 8);
		little(w, below(w, 1 << 20), 4);
		little(w, 0, 4);
	}
}

void corpus_fill(unsigned char *buf, size_t size)
{
	static void (*const sections[])(struct writer *) = { words, log_lines, words, records };
	struct writer w = { .at = buf, .state = 1 };
	for (size_t i = 0; i * SECTION < size; i++) {
		size_t left = size - i * SECTION;
		w.at = buf + i * SECTION;
		w.end = w.at + (left < SECTION ? left : SECTION);
		sections[i % 4](&w);
	}
}
