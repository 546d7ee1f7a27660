// SPDX-License-Identifier: Apache-2.0
/* The table of commands as the guide prints it, with the keys in force. */
#include "ui.h"

#include "app/command.h"
#include "base/buf.h"
#include "base/mem.h"
#include "keys_file.h"

static void print_key(struct buf *out, struct key k)
{
    char label[KEY_NAME_LEN];
    key_label(k, label);
    buf_printf(out, "`%s`", label);
}

static void print_rows(struct buf *out, const struct keymap *m, unsigned flag, unsigned but)
{
    for (int c = 1; c < CMD_COUNT; c++) {
        const struct command_info *i = command_info((enum command)c);
        if ((flag && !(i->flags & flag)) || (i->flags & but))
            continue;
        buf_puts(out, "| ");
        for (int k = 0; k < m->n_keys[c]; k++) {
            if (k)
                buf_puts(out, " ");
            print_key(out, m->keys[c][k]);
        }
        buf_printf(out, " | `%s` | %s |\n", i->name, i->words);
    }
}

struct wrong {
    struct buf *out;
    int n;
};

static void wrong_key(void *ctx, enum command c, const struct err *e)
{
    struct wrong *w = ctx;
    char *line = err_format(e);
    buf_printf(w->out, "leeway: %s\n", line);
    w->n++;
    mem_free(line);
}

int ui_print_keys(struct buf *out, struct buf *errors)
{
    static const struct {
        const char *title;
        unsigned flag, but;
    } parts[] = {
        {"Moving", CMD_MOVE, 0},
        {"Everywhere", CMD_EVERYWHERE, CMD_MOVE},
        {"Where it makes sense", 0, CMD_MOVE | CMD_EVERYWHERE | CMD_CHANGES},
        {"On the way to a change", CMD_CHANGES, 0},
    };
    struct keymap m;
    struct wrong w = {errors, 0};
    char *path = keys_file_path();
    keys_file_load(path, &m, wrong_key, &w);
    mem_free(path);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        buf_printf(out, "%s## %s\n\n| keys | command | what it does |\n|---|---|---|\n",
                   i ? "\n" : "", parts[i].title);
        print_rows(out, &m, parts[i].flag, parts[i].but);
    }
    return w.n;
}
