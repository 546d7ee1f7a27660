// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/buf.h"
#include "keys.h"
#include "term/decode.h"

#include <stdio.h>

static void on_event(void *ctx, const struct event *ev)
{
    struct buf *b = ctx;
    char name[KEY_NAME_LEN];
    switch (ev->type) {
    case EVENT_KEY:
        key_label(ev->key, name);
        buf_printf(b, "%s ", name);
        break;
    case EVENT_PASTE:
        buf_printf(b, "paste(%s:%zu%s) ", ev->paste.bytes, ev->paste.lines,
                   ev->paste.cut ? " cut" : "");
        break;
    case EVENT_MOUSE:
        buf_printf(b, "mouse(%d %d,%d b%d m%d) ", ev->mouse.kind, ev->mouse.row, ev->mouse.col,
                   ev->mouse.button, ev->mouse.mods);
        break;
    case EVENT_FOCUS:
        buf_printf(b, "focus(%d) ", ev->focused);
        break;
    case EVENT_REPLY:
        buf_printf(b, "reply(%d %d,%d) ", ev->reply.kind, ev->reply.a, ev->reply.b);
        break;
    default:
        buf_puts(b, "? ");
    }
}

static const struct sample {
    const char *bytes, *events;
} samples[] = {
    {"pP?", "p P ? "},
    {" ", "Space "},
    {"\r\t\x7f\b", "Enter Tab Backspace Backspace "},
    {"\x10\x03\x1a", "Ctrl-P Ctrl-C Ctrl-Z "},
    {"\xc3\xa9\xe4\xb8\xad", "\xc3\xa9 \xe4\xb8\xad "},
    {"\xff\xc3pq\x80", "p q "},
    {"\033[A\033OB\033[1;5C\033[1;2D", "Up Down Ctrl-Right Shift-Left "},
    {"\033[H\033[4~\033[5~\033[6;3~\033[3~", "Home End PgUp Alt-PgDn Delete "},
    {"\033OP\033[12~\033[15~\033[17~\033[24~\033[1;2R\033[[A", "F1 F2 F5 F6 F12 Shift-F3 F1 "},
    {"\033[Z\033x\033\r", "Shift-Tab Alt-x Alt-Enter "},
    {"\033[112;5u\033[27;5;105~\033[13;2u", "Ctrl-P Ctrl-I Shift-Enter "},
    {"\033Oj\033OM\033Op", "* Enter 0 "},
    /* answers of a terminal never press keys */
    {"\033[?62;22c", "reply(2 62,22) "},
    {"\033[?2026;2$y", "reply(1 2026,2) "},
    {"\033]11;rgb:0000/0000/0000\007x\033]11;rgb:1/2/3\033\\y", "x y "},
    {"\033P>|xterm(380)\033\\z\033_Gi=1;OK\033\\z", "z z "},
    {"\033[>41;380;0c\033[3;1;2;3;4;5;6;7;8;9;10;11t\033[0n", ""},
    {"\033[12;40R", ""},
    {"\033[I\033[O", "focus(1) focus(0) "},
    {"\033[<0;300;5M\033[<0;300;5m\033[<64;1;1M\033[<65;1;1M\033[<35;2;2M",
     "mouse(0 4,299 b0 m0) mouse(1 4,299 b0 m0) mouse(2 0,0 b0 m0) mouse(3 0,0 b0 m0) "},
    {"\033[M !!\033[M#!\"\033[Ma!!", "mouse(0 0,0 b0 m0) mouse(1 1,0 b3 m0) mouse(3 0,0 b0 m0) "},
    {"\033[200~one\r\ntwo\033[201~p", "paste(one\r\ntwo:2) p "},
    {"\033[200~a\033[20b\033\033[201~", "paste(a\033[20b\033:1) "},
    {"\033[1;2\x03q", "Ctrl-C q "},
    {"\033[\033[A", "Up "},
};

static void sequences_come_split_at_every_byte(void **state)
{
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        size_t len = strlen(samples[i].bytes);
        for (size_t split = 0; split <= len; split++) {
            struct buf b;
            buf_init(&b, 10000);
            struct decoder *d = decoder_new(50, on_event, &b);
            decoder_feed(d, samples[i].bytes, split, 1000);
            decoder_feed(d, samples[i].bytes + split, len - split, 1020);
            assert_string_equal(buf_str(&b), samples[i].events);
            assert_int_equal(decoder_timeout(d, 1020), -1);
            decoder_free(d);
            buf_clear(&b);
        }
        struct buf b;
        buf_init(&b, 10000);
        struct decoder *d = decoder_new(50, on_event, &b);
        for (size_t k = 0; k < len; k++)
            decoder_feed(d, samples[i].bytes + k, 1, 1000 + (int64_t)k * 30);
        assert_string_equal(buf_str(&b), samples[i].events);
        decoder_free(d);
        buf_clear(&b);
    }
}

static void a_late_rest_goes_on_with_the_sequence(void **state)
{
    struct buf b;
    buf_init(&b, 10000);
    struct decoder *d = decoder_new(50, on_event, &b);
    decoder_feed(d, "\033", 1, 0);
    assert_int_equal(decoder_timeout(d, 10), 40);
    decoder_tick(d, 49);
    assert_string_equal(buf_str(&b), "");
    decoder_tick(d, 50);
    assert_string_equal(buf_str(&b), "Esc ");
    decoder_feed(d, "[", 1, 200);
    decoder_feed(d, "A", 1, 220);
    assert_string_equal(buf_str(&b), "Esc Up ");
    buf_reset(&b);
    /* Esc, then after a while the key '[' by itself */
    decoder_feed(d, "\033", 1, 1000);
    decoder_tick(d, 1050);
    decoder_feed(d, "[", 1, 1200);
    assert_int_equal(decoder_timeout(d, 1200), 50);
    decoder_tick(d, 1250);
    assert_string_equal(buf_str(&b), "Esc [ ");
    buf_reset(&b);
    decoder_feed(d, "\033", 1, 2000);
    decoder_tick(d, 2050);
    decoder_feed(d, "[A", 2, 2400); /* too late: keys */
    assert_string_equal(buf_str(&b), "Esc [ A ");
    buf_reset(&b);
    decoder_feed(d, "\033", 1, 3000);
    decoder_tick(d, 3050);
    decoder_feed(d, "q", 1, 3100);
    assert_string_equal(buf_str(&b), "Esc q ");
    buf_reset(&b);
    decoder_feed(d, "\033[1;", 4, 4000); /* never finished */
    decoder_tick(d, 4299);
    decoder_tick(d, 4300);
    assert_int_equal(decoder_timeout(d, 4300), -1);
    decoder_feed(d, "q", 1, 4301);
    assert_string_equal(buf_str(&b), "q ");
    decoder_free(d);
    buf_clear(&b);
}

static void cursor_reports_are_told_from_f3(void **state)
{
    struct buf b;
    buf_init(&b, 10000);
    struct decoder *d = decoder_new(50, on_event, &b);
    decoder_expect_cursor(d, true);
    decoder_feed(d, "\033[1;2R", 6, 0);
    decoder_expect_cursor(d, false);
    decoder_feed(d, "\033[1;2R", 6, 0);
    assert_string_equal(buf_str(&b), "reply(0 1,2) Shift-F3 ");
    decoder_free(d);
    buf_clear(&b);
}

static size_t pasted;
static bool was_cut;
static void on_paste(void *ctx, const struct event *ev)
{
    if (ev->type != EVENT_PASTE)
        return;
    pasted = ev->paste.len;
    was_cut = ev->paste.cut;
}

static void a_paste_is_bounded_and_ends(void **state)
{
    struct decoder *d = decoder_new(50, on_paste, NULL);
    char block[1024];
    memset(block, 'x', sizeof(block));
    decoder_feed(d, "\033[200~", 6, 0);
    for (int i = 0; i < 200; i++)
        decoder_feed(d, block, sizeof(block), 0);
    decoder_feed(d, "\033[201~", 6, 0);
    assert_true(was_cut);
    assert_true(pasted <= DECODE_PASTE_MAX && pasted > DECODE_PASTE_MAX / 2);
    decoder_feed(d, "\033[200~lost end", 14, 0);
    pasted = 0;
    decoder_tick(d, 4999);
    assert_int_equal(pasted, 0);
    decoder_tick(d, 5000);
    assert_int_equal(pasted, 8);
    assert_false(was_cut);
    decoder_free(d);
}

static void names_go_both_ways(void **state)
{
    static const char *const both[] = {"p",   "P",     "?",         "Ctrl-P", "F8",
                                       "F12", "]",     "Shift-Tab", "Alt-Up", "Ctrl-Alt-Delete",
                                       "Esc", "Space", "-",         "Alt--",  "\xc3\xa9"};
    for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
        struct key k;
        char name[KEY_NAME_LEN];
        assert_true(key_parse(both[i], &k));
        key_label(k, name);
        assert_string_equal(name, both[i]);
    }
    struct key a, b;
    assert_true(key_parse("ctrl-p", &a) && key_parse("CTRL-P", &b) && key_equal(a, b));
    static const char *const wrong[] = {"",        "Ctrl-", "F13",         "F0",
                                        "Shift-a", "pp",    "Ctrl-Ctrl-p", "\033"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(key_parse(wrong[i], &a));
    assert_true(key_is_text((struct key){'x', 0}));
    assert_false(key_is_text((struct key){'x', MOD_ALT}));
    assert_false(key_is_text((struct key){KEYCODE_UP, 0}));
}

RUN("keys", cmocka_unit_test(sequences_come_split_at_every_byte),
    cmocka_unit_test(a_late_rest_goes_on_with_the_sequence),
    cmocka_unit_test(cursor_reports_are_told_from_f3),
    cmocka_unit_test(a_paste_is_bounded_and_ends), cmocka_unit_test(names_go_both_ways))
