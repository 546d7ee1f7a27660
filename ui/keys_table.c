// SPDX-License-Identifier: Apache-2.0
/* The table of commands as the guide prints it. */
#include "ui.h"

#include "app/command.h"
#include "base/buf.h"
#include "base/mem.h"

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

void ui_print_keys(struct buf *out)
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
    keymap_default(&m);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        buf_printf(out, "%s## %s\n\n| keys | command | what it does |\n|---|---|---|\n",
                   i ? "\n" : "", parts[i].title);
        print_rows(out, &m, parts[i].flag, parts[i].but);
    }
}
