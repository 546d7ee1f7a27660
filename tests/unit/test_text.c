// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/text.h"

struct sample {
    const char *in, *out;
    uint32_t cols;
};

static const struct sample samples[] = {
    {"", "", 0},
    {"plain text", "plain text", 10},
    {"a\tb", "a b", 3},
    {"a\nb\r", "a^Jb^M", 6},
    {"\x1b[31mred", "^[[31mred", 9},
    {"\x7f\x01", "^?^A", 4},
    {"\xc2\x9b"
     "31m",
     "<U+009B>31m", 11},
    {"a\xe2\x80\xae"
     "b",
     "a<U+202E>b", 10},
    {"\xef\xbb\xbfx", "<U+FEFF>x", 9},
    {"x\xe2\x80\x8by", "x<U+200B>y", 10},
    {"\xe2\x80\xa8", "<U+2028>", 8},
    {"\xf3\xa0\x81\x81", "<U+E0041>", 9},
    {"\xff\xfe", "<ff><fe>", 8},
    {"\xc3", "<c3>", 4},
    {"\xe2\x82", "<e2><82>", 8},
    {"\xed\xa0\x80", "<ed><a0><80>", 12},
    {"\xc0\xaf", "<c0><af>", 8},
    {"\xe4\xb8\xad\xe6\x96\x87", "\xe4\xb8\xad\xe6\x96\x87", 4},
    {"e\xcc\x81", "e\xcc\x81", 1},
    {"\xcc\x81", "<U+0301>", 8},
    {"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81", "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81<U+0301>", 9},
    /* woman, joiner, laptop; warning sign with a selector; thumb with a tone; a flag */
    {"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", "\xf0\x9f\x91\xa9\xf0\x9f\x92\xbb", 4},
    {"\xe2\x9a\xa0\xef\xb8\x8f", "\xe2\x9a\xa0", 1},
    {"\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd", "\xf0\x9f\x91\x8d", 2},
    {"\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa", "<D><E>", 6},
    {"1\xef\xb8\x8f\xe2\x83\xa3", "1<U+20E3>", 9},
    {"a\xe2\x80\x8d"
     "b",
     "a<U+200D>b", 10},
    {"a\xef\xb8\x8f", "a<U+FE0F>", 9},
    {"a\xc2\xa0"
     "b",
     "a<U+00A0>b", 10},
    {"\xee\x82\xa0", "<U+E0A0>", 8},
};

static void outside_bytes_become_visible(void **state)
{
    struct arena a;
    arena_init(&a);
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        const struct sample *s = &samples[i];
        struct text t = text_clean(&a, s->in, strlen(s->in));
        assert_string_equal(t.str, s->out);
        assert_int_equal(t.len, strlen(s->out));
        assert_int_equal(t.cols, s->cols);
        struct text again = text_clean(&a, t.str, t.len);
        assert_true(text_equal(t, again));
        assert_int_equal(again.cols, t.cols);
        struct buf b;
        buf_init(&b, 1000);
        assert_int_equal(text_clean_to(&b, s->in, strlen(s->in)), 0);
        assert_string_equal(buf_str(&b), s->out);
        buf_clear(&b);
    }
    struct text nul = text_clean(&a, "a\0b", 3);
    assert_string_equal(nul.str, "a^@b");
    assert_int_equal(text_cstr(&a, NULL).len, 0);
    arena_clear(&a);
}

static void lines_are_split(void **state)
{
    struct arena a;
    arena_init(&a);
    struct text *l;
    assert_int_equal(text_clean_lines(&a, "one\r\ntwo\n\nfo\rur", 15, 10, &l), 4);
    assert_string_equal(l[0].str, "one");
    assert_string_equal(l[1].str, "two");
    assert_int_equal(l[2].len, 0);
    assert_string_equal(l[3].str, "fo^Mur");
    assert_int_equal(text_clean_lines(&a, "a\nb\nc\n", 6, 10, &l), 3);
    assert_int_equal(text_clean_lines(&a, "a\nb\nc\n", 6, 2, &l), 2);
    assert_int_equal(text_clean_lines(&a, "", 0, 2, &l), 0);
    arena_clear(&a);
}

static void widths_follow_the_terminal(void **state)
{
    assert_int_equal(text_cp_width('a', 2), 1);
    assert_int_equal(text_cp_width(0x2500, 1), 1);
    assert_int_equal(text_cp_width(0x2500, 2), 2);
    assert_int_equal(text_cp_width(0x2026, 2), 2);
    /* the shapes of states and the path never change their width */
    static const uint32_t neutral[] = {0x2206, 0xbb, 0x25ca, 0x2219, 0x203a, 0x25ba};
    for (size_t i = 0; i < sizeof(neutral) / sizeof(neutral[0]); i++)
        assert_int_equal(text_cp_width(neutral[i], 2), 1);
    assert_int_equal(text_cp_width(0x4e2d, 1), 2);
    assert_int_equal(text_cp_width(0x301, 1), 0);
}

static void cuts_keep_whole_cells(void **state)
{
    struct arena a;
    arena_init(&a);
    struct text dots = text_cstr(&a, "\xe2\x80\xa6"), t = TEXT("payments-dev-web");
    assert_string_equal(text_cut(&a, t, 16, TEXT_CUT_END, dots).str, "payments-dev-web");
    assert_string_equal(text_cut(&a, t, 6, TEXT_CUT_END, dots).str, "payme\xe2\x80\xa6");
    assert_string_equal(text_cut(&a, t, 7, TEXT_CUT_MIDDLE, dots).str, "pay\xe2\x80\xa6web");
    assert_string_equal(text_cut(&a, t, 4, TEXT_CUT_FRONT, dots).str, "\xe2\x80\xa6web");
    assert_string_equal(text_cut(&a, t, 6, TEXT_CUT_END, TEXT("..")).str, "paym..");
    assert_string_equal(text_cut(&a, t, 1, TEXT_CUT_END, TEXT("..")).str, "p");
    assert_int_equal(text_cut(&a, t, 0, TEXT_CUT_END, dots).len, 0);
    struct text wide = text_cstr(&a, "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad");
    struct text cut = text_cut(&a, wide, 4, TEXT_CUT_END, dots);
    assert_string_equal(cut.str, "\xe4\xb8\xad\xe2\x80\xa6");
    assert_int_equal(cut.cols, 3);
    struct text marks = text_cstr(&a, "ae\xcc\x81z");
    assert_string_equal(text_cut(&a, marks, 2, TEXT_CUT_END, TEXT_NONE).str, "ae\xcc\x81");
    arena_clear(&a);
}

static void words_wrap(void **state)
{
    struct arena a;
    arena_init(&a);
    struct text l[4];
    struct text t = TEXT("search-prod r18 failed: image search:3.1.0 not found");
    assert_int_equal(text_wrap(&a, t, 24, l, 4, TEXT("..")), 3);
    assert_string_equal(l[0].str, "search-prod r18 failed:");
    assert_string_equal(l[1].str, "image search:3.1.0 not");
    assert_string_equal(l[2].str, "found");
    assert_int_equal(text_wrap(&a, t, 24, l, 2, TEXT("..")), 2);
    assert_string_equal(l[1].str, "image search:3.1.0 not..");
    assert_int_equal(text_wrap(&a, TEXT("abcdefgh ij"), 6, l, 4, TEXT("..")), 2);
    assert_string_equal(l[0].str, "abcdef");
    assert_string_equal(l[1].str, "gh ij");
    assert_int_equal(text_wrap(&a, TEXT_NONE, 5, l, 4, TEXT("..")), 0);
    arena_clear(&a);
}

static void composed_texts_are_cleaned(void **state)
{
    struct arena a;
    arena_init(&a);
    assert_string_equal(text_fmt(&a, "%s=%d", "a\nb", 3).str, "a^Jb=3");
    char big[1000];
    memset(big, 'x', sizeof(big));
    big[999] = '\0';
    assert_int_equal(text_fmt(&a, "%s", big).len, 999);
    assert_string_equal(text_count(&a, 1, "cluster", "clusters").str, "1 cluster");
    assert_string_equal(text_count(&a, 2, "cluster", "clusters").str, "2 clusters");
    assert_true(text_compare(TEXT("a"), TEXT("ab")) < 0);
    struct arena small;
    arena_init_limited(&small, 16);
    assert_int_equal(text_cstr(&small, big).len, 0);
    arena_clear(&small);
    arena_clear(&a);
}

RUN("text", cmocka_unit_test(outside_bytes_become_visible), cmocka_unit_test(lines_are_split),
    cmocka_unit_test(widths_follow_the_terminal), cmocka_unit_test(cuts_keep_whole_cells),
    cmocka_unit_test(words_wrap), cmocka_unit_test(composed_texts_are_cleaned))
