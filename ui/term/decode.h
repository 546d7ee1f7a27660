// SPDX-License-Identifier: Apache-2.0
/*
 * Bytes from a terminal to events. Knows the grammar of control sequences (CSI, SS3, OSC, DCS, APC,
 * PM, SOS) and swallows whole what it does not know, so that no reply ever presses a key. Sequences
 * may come split at any byte. A lone ESC becomes the Esc key after esc_ms; when '[' or 'O' follow
 * within 300 ms after that, they go on with the sequence, as a slow link may have split it.
 *
 * Pure: time is passed in, nothing is read. One thread. Input of any length uses bounded memory: a
 * paste keeps 64 KiB.
 */
#ifndef LEEWAY_UI_TERM_DECODE_H
#define LEEWAY_UI_TERM_DECODE_H

#include "keys.h"

#define DECODE_PASTE_MAX (64u * 1024u)

struct decoder;
typedef void decode_event_fn(void *ctx, const struct event *ev);

struct decoder *decoder_new(int esc_ms, decode_event_fn *fn, void *ctx); /* owned; decoder_free */
void decoder_free(struct decoder *d);
void decoder_feed(struct decoder *d, const void *bytes, size_t len, int64_t now_ms);
/* Ends what waited too long. */
void decoder_tick(struct decoder *d, int64_t now_ms);
/* Milliseconds until decoder_tick has something to do; -1: nothing waits. */
int decoder_timeout(const struct decoder *d, int64_t now_ms);
/* While a question about the cursor is open, CSI row;col R is its answer and no key. */
void decoder_expect_cursor(struct decoder *d, bool expected);

#endif
