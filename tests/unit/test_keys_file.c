// SPDX-License-Identifier: Apache-2.0
/* A person's own keys: what is right is in force, what is wrong is told with its place. */
#include "unit.h"

#include "base/buf.h"
#include "base/mem.h"
#include "keys_file.h"

#include <string.h>

struct said {
    struct buf b;
    enum command last;
};

static void say(void *ctx, enum command c, const struct err *e)
{
    struct said *s = ctx;
    char *line = err_format(e);
    buf_printf(&s->b, "%s\n", line);
    s->last = c;
    mem_free(line);
}

static struct keymap m;

static const char *read_text(struct said *s, const char *text)
{
    buf_reset(&s->b);
    s->last = CMD_NONE;
    keys_file_read(text, strlen(text), "keys.yaml", &m, say, s);
    return buf_str(&s->b);
}

static enum command at(const char *name)
{
    struct key k;
    assert_true(key_parse(name, &k));
    return keymap_find(&m, k, false);
}

static void own_keys(void **state)
{
    struct said s;
    buf_init(&s.b, 1u << 16);
    assert_string_equal(read_text(&s, ""), "");
    assert_int_equal(at("p"), CMD_PLAN);
    assert_string_equal(read_text(&s, "# nothing yet\n"), "");
    assert_string_equal(read_text(&s, "keys:\n"
                                      "  next-problem: [ \"]\", Ctrl-N ]\n"
                                      "  accept: Ctrl-K F12\n"
                                      "  fleet: 8\n"
                                      "  shell: []\n"),
                        "");
    assert_int_equal(at("]"), CMD_NEXT_PROBLEM);
    assert_int_equal(at("Ctrl-N"), CMD_NEXT_PROBLEM);
    assert_int_equal(at("K"), CMD_NONE);
    assert_int_equal(at("Ctrl-K"), CMD_ACCEPT);
    assert_int_equal(at("F12"), CMD_ACCEPT);
    assert_int_equal(at("8"), CMD_FLEET);
    assert_int_equal(at("1"), CMD_NONE);
    assert_int_equal(at("x"), CMD_NONE);
    assert_int_equal(at("p"), CMD_PLAN); /* not named */
    /* two commands change keys */
    assert_string_equal(read_text(&s, "keys: {plan: i, drift: p}\n"), "");
    assert_int_equal(at("i"), CMD_PLAN);
    assert_int_equal(at("p"), CMD_DRIFT);
    assert_int_equal(at("F8"), CMD_NONE);
    buf_clear(&s.b);
}

static void mistakes(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"keys:\n  plan: K\n", "keys.yaml:2:9: K is bound twice: accept keeps it, plan has it not "
                               "(give accept another key in this file, or take another here)\n"},
        {"keys:\n  paln: u\n", "keys.yaml:2:3: there is no command paln "
                               "(did you mean plan? leeway help keys lists them)\n"},
        {"keys:\n  plan: [u, Hyper-P]\n", "keys.yaml:2:13: plan: Hyper-P is no key (one character, "
                                          "or a name: Enter, Tab, Space, Up, "
                                          "PgUp, F1 to F12; before it Ctrl-, Alt-, Shift-)\n"},
        {"keys:\n  plan: A\n",
         "keys.yaml:2:9: plan: A can be pressed by an arrow key on a slow line "
         "(A B C H O P Q stay free; take another)\n"},
        {"keys:\n  plan: y\n", NULL},
        {"keys:\n  plan: {a: b}\n", "keys.yaml:2:9: plan: this is no key but a map "
                                    "(a key is a word as p, \"]\", Ctrl-P, Shift-Tab or F8)\n"},
        {"keys:\n  plan: [t, u, Alt-a, Alt-b, Alt-c]\n",
         "keys.yaml:2:30: plan: a command has at most 4 keys\n"},
        {"keys:\n  back: []\n", "keys.yaml:2:3: back needs a key "
                                "(it keeps its own)\n"},
        {"keys:\n  back: t\n",
         "keys.yaml:2:3: back needs a key that works in a field, where letters are text "
         "(it keeps its own besides)\n"},
        {"keys: [plan]\n",
         "keys.yaml:1:7: keys is a map from names of commands to their keys, not a "
         "list (keys:\n  NAME: KEY)\n"},
        {"plan: u\n", "keys.yaml:1:1: unknown key plan (commands stand below keys:)\n"},
        {"plan\n", "keys.yaml:1:1: this is no file of keys (keys:\n  NAME: KEY)\n"},
    };
    struct said s;
    buf_init(&s.b, 1u << 16);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *said = read_text(&s, cases[i].text);
        if (cases[i].says)
            assert_string_equal(said, cases[i].says);
        else
            assert_non_null(strstr(said, "keys.yaml:2:9: "));
        /* whatever was wrong, there is a way on and a way out, and no key means two things */
        assert_int_equal(at("Esc"), CMD_BACK);
        assert_int_equal(at("Enter"), CMD_OPEN);
        assert_int_equal(at("K"), CMD_ACCEPT);
    }
    read_text(&s, "keys:\n  plan: K\n");
    assert_int_equal(s.last, CMD_PLAN);
    assert_int_equal(at("p"), CMD_PLAN); /* it has its own back */
    assert_non_null(strstr(read_text(&s, "keys:\n  plan: [\n"), "keys.yaml:"));
    assert_int_equal(at("p"), CMD_PLAN);
    buf_clear(&s.b);
}

static void files(void **state)
{
    struct said s;
    buf_init(&s.b, 1u << 16);
    keys_file_load("/nonexistent/keys.yaml", &m, say, &s);
    assert_int_equal(s.b.len, 0);
    keys_file_load(NULL, &m, say, &s);
    assert_int_equal(s.b.len, 0);
    assert_int_equal(at("p"), CMD_PLAN);
    keys_file_load("/", &m, say, &s); /* there, and no file */
    assert_true(s.b.len > 0);
    assert_string_equal(read_text(&s, KEYS_FILE_START), "");
    buf_clear(&s.b);
}

RUN("keys_file", cmocka_unit_test(own_keys), cmocka_unit_test(mistakes), cmocka_unit_test(files))
