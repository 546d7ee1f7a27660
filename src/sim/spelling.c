// SPDX-License-Identifier: Apache-2.0
/*
 * A server that spells a word in its own way: wherever a scenario's word stands in what a cluster
 * answers, other bytes are sent, such as no API server would take; where they come back in a
 * request, they are the word again. So names, labels, owners, events and logs can be hostile while
 * the objects behind them are like any others.
 */
#include "sim/spelling.h"

#include "sim/sim_int.h"

#include <string.h>

/* As it stands inside a JSON string. */
static void escaped(struct buf *out, const char *text)
{
    struct buf quoted;
    buf_init(&quoted, BUF_SMALL);
    sim_json_text(&quoted, text);
    if (quoted.len >= 2)
        buf_add(out, quoted.data + 1, quoted.len - 2);
    buf_clear(&quoted);
}

static void replace(struct buf *b, size_t from, const char *word, const char *with, size_t len)
{
    size_t n = strlen(word);
    const char *at = b->len > from ? memmem(b->data + from, b->len - from, word, n) : NULL;
    if (!at)
        return;
    struct buf out;
    buf_init(&out, b->max);
    const char *rest = b->data, *end = b->data + b->len;
    for (; at; at = memmem(rest, (size_t)(end - rest), word, n)) {
        buf_add(&out, rest, (size_t)(at - rest));
        buf_add(&out, with, len);
        rest = at + n;
    }
    buf_add(&out, rest, (size_t)(end - rest));
    buf_clear(b);
    *b = out;
}

void sim_spell(const struct sim_spelling *all, struct buf *b, size_t from, bool json)
{
    for (size_t i = 0; i < SIM_SPELLINGS && all[i].word[0]; i++) {
        struct buf text;
        buf_init(&text, BUF_SMALL);
        if (json)
            escaped(&text, all[i].text);
        else
            buf_puts(&text, all[i].text);
        replace(b, from, all[i].word, buf_str(&text), text.len);
        buf_clear(&text);
    }
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 87 : -1;
}

/* How many bytes of s are the text, each as it is or as %XX; 0: it is something else. */
static size_t is_text(const char *s, const char *text)
{
    size_t n = 0;
    for (; *text; text++) {
        int c = (unsigned char)s[n];
        if (c == '%' && hex(s[n + 1]) >= 0 && hex(s[n + 2]) >= 0) {
            c = hex(s[n + 1]) * 16 + hex(s[n + 2]);
            n += 2;
        }
        if (c != (unsigned char)*text)
            return 0;
        n++;
    }
    return n;
}

char *sim_spell_target(const struct sim_spelling *all, const char *target)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    while (*target) {
        size_t n = 0;
        for (size_t i = 0; !n && i < SIM_SPELLINGS && all[i].word[0]; i++) {
            n = is_text(target, all[i].text);
            if (n)
                buf_puts(&out, all[i].word);
        }
        if (!n)
            buf_putc(&out, *target);
        target += n ? n : 1;
    }
    return buf_take(&out);
}

void sim_spell_body(const struct sim_spelling *all, const char *body, size_t len, struct buf *out)
{
    buf_add(out, body, len);
    for (size_t i = 0; i < SIM_SPELLINGS && all[i].word[0]; i++) {
        struct buf text;
        buf_init(&text, BUF_SMALL);
        escaped(&text, all[i].text);
        replace(out, 0, buf_str(&text), all[i].word, strlen(all[i].word));
        buf_clear(&text);
    }
}
