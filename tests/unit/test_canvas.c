// SPDX-License-Identifier: Apache-2.0
#include "golden.h"

#include "canvas/canvas.h"

static void assert_row(struct canvas *c, int row, const char *want)
{
    struct buf b;
    buf_init(&b, 1u << 20);
    assert_int_equal(canvas_dump(c, &b), 0);
    const char *s = buf_str(&b);
    for (int i = 0; i < row; i++)
        s = strchr(s, '\n') + 1;
    size_t len = strcspn(s, "\n");
    char line[4096];
    snprintf(line, sizeof(line), "%.*s", (int)len, s);
    assert_string_equal(line, want);
    buf_clear(&b);
}

/* A bit of everything that faces translate. */
static void draw_sample(struct canvas *c)
{
    struct arena *a = canvas_arena(c);
    struct region r = canvas_all(c);
    struct text path = text_fmt(a, " acme %s fleet", canvas_glyph(c, GLYPH_PATH).str);
    draw_text(r, 0, 0, path, ROLE_PATH);
    draw_section(r, 1, TEXT("us-east"), TEXT("4"));
    draw_glyph(r, 2, 0, GLYPH_CURSOR, ROLE_CURSOR);
    draw_glyph(r, 2, 2, GLYPH_DRIFT, ROLE_STATUS_DRIFT);
    draw_cut(r, 2, 4, 10, TEXT("payments-dev-web"), ROLE_TEXT_STRONG, TEXT_CUT_END);
    draw_right(r, 2, 40, 10, text_fmt(a, "2 %s 6", "\xe2\x86\x92"), ROLE_VALUE_NEW);
    draw_over(r, 2, 0, 40, ROLE_CURSOR);
    draw_bar(r, 3, 1, 20, 1, 2);
    draw_glyph(r, 3, 24, GLYPH_BRANCH_OPEN, ROLE_TEXT);
    draw_glyph(r, 3, 26, GLYPH_BRANCH_SHUT, ROLE_TEXT);
    draw_text(r, 4, 1, text_cstr(a, "data \xe4\xb8\xad\xe6\x96\x87 \xd0\xb6 \xe2\x88\x99"),
              ROLE_TEXT);
    struct region box = draw_box(region_sub(r, 5, 2, 4, 30), TEXT("Apply"), ROLE_DIALOG_DANGER);
    draw_wrapped(box, 0, 1, 26, 2, TEXT("words that are longer than a line of the box is wide"),
                 ROLE_DIALOG);
    draw_text(r, 9, 36, TEXT("clipped at the edge"), ROLE_HINT);
}

static void faces_draw_their_twins(void **state)
{
    static const char *const names[] = {"canvas-unicode", "canvas-wide", "canvas-ascii"};
    for (int face = FACE_UNICODE; face <= FACE_ASCII; face++) {
        struct canvas *c = canvas_new(10, 40, (enum face)face);
        draw_sample(c);
        struct buf b;
        buf_init(&b, 1u << 20);
        assert_int_equal(canvas_dump(c, &b), 0);
        assert_int_equal(canvas_dump_roles(c, &b), 0);
        golden_check(names[face], &b);
        buf_clear(&b);
        canvas_free(c);
    }
}

static void measured_columns_are_drawn_columns(void **state)
{
    struct arena a;
    arena_init(&a);
    struct text t = text_cstr(&a, "a \xe2\x86\x92 \xe4\xb8\xad\xe2\x80\xa6");
    for (int face = FACE_UNICODE; face <= FACE_ASCII; face++) {
        struct canvas *c = canvas_new(1, 40, (enum face)face);
        assert_int_equal(canvas_cols(c, t), draw_text(canvas_all(c), 0, 0, t, ROLE_TEXT));
        struct text twice = face_text(&a, (enum face)face, face_text(&a, (enum face)face, t));
        assert_int_equal(twice.cols, canvas_cols(c, t));
        canvas_free(c);
    }
    assert_int_equal(face_cols(FACE_UNICODE, t), 7);
    assert_int_equal(face_cols(FACE_ASCII, t), 9);
    arena_clear(&a);
}

static void wide_characters_stay_whole(void **state)
{
    struct arena a;
    arena_init(&a);
    struct canvas *c = canvas_new(1, 6, FACE_UNICODE);
    struct region r = canvas_all(c);
    struct text wide = text_cstr(&a, "\xe4\xb8\xad\xe6\x96\x87");
    draw_text(r, 0, 0, wide, ROLE_TEXT);
    draw_text(r, 0, 1, TEXT("x"), ROLE_TEXT);
    assert_row(c, 0, " x\xe6\x96\x87");
    draw_text(r, 0, 2, TEXT("y"), ROLE_TEXT);
    assert_row(c, 0, " xy");
    canvas_clear(c);
    draw_text(r, 0, 3, wide, ROLE_TEXT); /* the second would lose its right half */
    assert_row(c, 0, "   \xe4\xb8\xad");
    canvas_clear(c);
    draw_text(r, 0, -1, wide, ROLE_TEXT);
    assert_row(c, 0, " \xe6\x96\x87");
    canvas_clear(c);
    draw_text(r, 0, 0, TEXT("abcdef"), ROLE_TEXT);
    draw_text(region_sub(r, 0, 1, 1, 3), 0, 0, wide, ROLE_TEXT);
    assert_row(c, 0, "a\xe4\xb8\xad ef");
    canvas_free(c);
    arena_clear(&a);
}

static void regions_clip(void **state)
{
    struct canvas *c = canvas_new(3, 10, FACE_UNICODE);
    struct region r = region_sub(canvas_all(c), 1, 2, 1, 5);
    assert_int_equal(draw_text(r, 0, 0, TEXT("abcdefghij"), ROLE_TEXT), 5);
    assert_int_equal(draw_text(r, 1, 0, TEXT("below"), ROLE_TEXT), 0);
    assert_int_equal(draw_text(r, -1, 0, TEXT("above"), ROLE_TEXT), 0);
    assert_row(c, 0, "");
    assert_row(c, 1, "  abcde");
    struct region none = region_sub(r, 4, 9, -3, 7);
    assert_int_equal(none.rows * none.cols, 0);
    draw_fill(none, 0, 0, 5, ROLE_TEXT);
    draw_box(none, TEXT("x"), ROLE_DIALOG);
    struct region big = region_sub(r, 0, 0, INT32_MAX, INT32_MAX);
    assert_int_equal(big.rows, 1);
    assert_int_equal(big.cols, 5);
    assert_row(c, 1, "  abcde");
    canvas_free(c);
}

struct runs {
    int count, row, col, cols;
};

static void count_run(void *ctx, int row, int col, int cols)
{
    struct runs *r = ctx;
    *r = (struct runs){r->count + 1, row, col, cols};
}

static void only_changed_cells_differ(void **state)
{
    struct canvas *a = canvas_new(4, 20, FACE_UNICODE), *b = canvas_new(4, 20, FACE_UNICODE);
    draw_text(canvas_all(a), 1, 1, TEXT("payments 2"), ROLE_TEXT);
    canvas_copy(b, a);
    struct runs r = {0};
    assert_int_equal(canvas_diff(a, b, count_run, &r), 0);
    draw_text(canvas_all(b), 1, 10, TEXT("3"), ROLE_TEXT);
    assert_int_equal(canvas_diff(a, b, count_run, &r), 1);
    assert_int_equal(r.row, 1);
    assert_int_equal(r.col, 10);
    canvas_copy(b, a);
    draw_over(canvas_all(b), 1, 0, 20, ROLE_CURSOR);
    r = (struct runs){0};
    assert_int_equal(canvas_diff(a, b, count_run, &r), 20);
    assert_int_equal(r.count, 1);
    assert_int_equal(canvas_diff(NULL, b, count_run, &r), 80);
    canvas_resize(b, 2, 2);
    assert_int_equal(canvas_diff(a, b, count_run, &r), 4);
    canvas_free(a);
    canvas_free(b);
}

static void what_lies_under_a_dialog_is_dim(void **state)
{
    struct canvas *c = canvas_new(2, 10, FACE_UNICODE);
    draw_glyph(canvas_all(c), 0, 2, GLYPH_FAILED, ROLE_STATUS_FAILED);
    draw_over(canvas_all(c), 0, 0, 10, ROLE_CURSOR);
    draw_dim(canvas_all(c));
    struct buf b;
    buf_init(&b, 1000);
    canvas_dump_roles(c, &b);
    assert_string_equal(buf_str(&b), "0:0-9 text.dim\n");
    buf_clear(&b);
    int row, col;
    canvas_park(region_sub(canvas_all(c), 1, 1, 1, 5), 0, 2);
    canvas_parked(c, &row, &col);
    assert_int_equal(row, 1);
    assert_int_equal(col, 3);
    canvas_free(c);
}

RUN("canvas", cmocka_unit_test(faces_draw_their_twins),
    cmocka_unit_test(measured_columns_are_drawn_columns),
    cmocka_unit_test(wide_characters_stay_whole), cmocka_unit_test(regions_clip),
    cmocka_unit_test(only_changed_cells_differ), cmocka_unit_test(what_lies_under_a_dialog_is_dim))
