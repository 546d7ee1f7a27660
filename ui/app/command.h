// SPDX-License-Identifier: Apache-2.0
/*
 * Every action of the console is a command in this one table: help, palette, command line, hints
 * and the key map are made of it. A key opens a view, a plan or a dialog and changes nothing by
 * itself; one letter has one meaning everywhere. A view says for each command whether it can do it
 * here (view.h: why_not) and does it (view.h: command).
 */
#ifndef LEEWAY_UI_APP_COMMAND_H
#define LEEWAY_UI_APP_COMMAND_H

#include "base/err.h"
#include "keys.h"

enum {
    CMD_MOVE = 1,       /* moves only: not in the palette */
    CMD_EVERYWHERE = 2, /* the framework does it; works in every view */
    CMD_CHANGES = 4,    /* leads to a change: says why not when the console is read-only */
    CMD_IN_FIELD = 8,   /* its named keys work while a text field has the focus */
};

/* id, name for `:` and keys.yaml, keys, words for help, flags */
#define COMMAND_TABLE(X)                                                                           \
    X(CMD_UP, "up", "Up k", "up", CMD_MOVE | CMD_IN_FIELD)                                         \
    X(CMD_DOWN, "down", "Down j", "down", CMD_MOVE | CMD_IN_FIELD)                                 \
    X(CMD_LEFT, "left", "Left h", "left; fold a branch", CMD_MOVE)                                 \
    X(CMD_RIGHT, "right", "Right l", "right; unfold a branch", CMD_MOVE)                           \
    X(CMD_TOP, "top", "g Home", "first row", CMD_MOVE)                                             \
    X(CMD_BOTTOM, "bottom", "G End", "last row", CMD_MOVE)                                         \
    X(CMD_PAGE_UP, "page-up", "PgUp", "a page up", CMD_MOVE | CMD_IN_FIELD)                        \
    X(CMD_PAGE_DOWN, "page-down", "PgDn", "a page down", CMD_MOVE | CMD_IN_FIELD)                  \
    X(CMD_HALF_UP, "half-page-up", "Ctrl-U", "half a page up", CMD_MOVE)                           \
    X(CMD_HALF_DOWN, "half-page-down", "Ctrl-D", "half a page down", CMD_MOVE)                     \
    X(CMD_OPEN, "open", "Enter", "open what is under the cursor", CMD_IN_FIELD)                    \
    X(CMD_BACK, "back", "Esc Ctrl-C", "go back; never quits", CMD_EVERYWHERE | CMD_IN_FIELD)       \
    X(CMD_CLOSE, "close", "q F10", "close the view; asks at the root",                             \
      CMD_EVERYWHERE | CMD_IN_FIELD)                                                               \
    X(CMD_LAST_VIEW, "last-view", "-", "back to the last screen", CMD_EVERYWHERE)                  \
    X(CMD_NEXT_TAB, "next-tab", "Tab", "next tab, pane or field", CMD_IN_FIELD)                    \
    X(CMD_PREVIOUS_TAB, "previous-tab", "Shift-Tab", "previous tab, pane or field", CMD_IN_FIELD)  \
    X(CMD_FLEET, "fleet", "1", "clusters", CMD_EVERYWHERE)                                         \
    X(CMD_ENVIRONMENTS, "environments", "2", "environments", CMD_EVERYWHERE)                       \
    X(CMD_CATALOG, "catalog", "3", "blueprints that can be launched", CMD_EVERYWHERE)              \
    X(CMD_DRIFT_SCREEN, "differences", "4", "drift, one row a difference", CMD_EVERYWHERE)         \
    X(CMD_ACTIVITY, "activity", "5", "releases running now", CMD_EVERYWHERE)                       \
    X(CMD_HISTORY, "history", "6", "releases, plans and the audit trail", CMD_EVERYWHERE)          \
    X(CMD_RESOURCES, "resources", "7", "any kind over any clusters", CMD_EVERYWHERE)               \
    X(CMD_MESSAGES, "messages", "! F9", "everything that was ever said", CMD_EVERYWHERE)           \
    X(CMD_COMMAND_LINE, "command", ":", "command line", CMD_EVERYWHERE)                            \
    X(CMD_PALETTE, "palette", "Ctrl-P F2", "find a command or a thing",                            \
      CMD_EVERYWHERE | CMD_IN_FIELD)                                                               \
    X(CMD_HELP, "help", "? F1", "keys that work here", CMD_EVERYWHERE | CMD_IN_FIELD)              \
    X(CMD_FILTER, "filter", "/ F3", "filter or search", CMD_IN_FIELD)                              \
    X(CMD_NEXT_MATCH, "next-match", "n", "next match", 0)                                          \
    X(CMD_PREVIOUS_MATCH, "previous-match", "N", "previous match", 0)                              \
    X(CMD_NEXT_PROBLEM, "next-problem", "]", "next thing that is not well", 0)                     \
    X(CMD_PREVIOUS_PROBLEM, "previous-problem", "[", "previous thing that is not well", 0)         \
    X(CMD_MARK, "mark", "Space", "mark or unmark", 0)                                              \
    X(CMD_RANGE, "range", "v", "mark from here to the cursor", 0)                                  \
    X(CMD_COMPARE, "compare", "=", "compare the two marked", 0)                                    \
    X(CMD_SORT, "sort", "s F6", "sort by", 0)                                                      \
    X(CMD_COLUMNS, "columns", "o", "columns and grouping", 0)                                      \
    X(CMD_LARGER, "larger", "+", "more of each", 0)                                                \
    X(CMD_SMALLER, "smaller", "_", "less of each", 0)                                              \
    X(CMD_FULL, "full-screen", "f", "full screen", 0)                                              \
    X(CMD_WRAP, "wrap", "w", "wrap long lines", 0)                                                 \
    X(CMD_FOLLOW, "follow", "F", "follow what comes", 0)                                           \
    X(CMD_PAUSE, "pause-refresh", "z", "pause the refresh of screens", CMD_EVERYWHERE)             \
    X(CMD_REFRESH, "refresh", "r F5", "ask again now", 0)                                          \
    X(CMD_REPAINT, "repaint", "Ctrl-L", "paint the screen again", CMD_EVERYWHERE | CMD_IN_FIELD)   \
    X(CMD_DETAILS, "details", "d", "details of what is under the cursor", 0)                       \
    X(CMD_YAML, "yaml", "y", "the object as YAML with its owners", 0)                              \
    X(CMD_EVENTS, "events", "e", "events", 0)                                                      \
    X(CMD_LOGS, "logs", "L", "logs", 0)                                                            \
    X(CMD_DRIFT, "drift", "i F7", "what differs from what was given", 0)                           \
    X(CMD_BLAME, "blame", "b", "who owns this, everywhere", 0)                                     \
    X(CMD_PLAN, "plan", "p F8", "plan what is pending here", CMD_CHANGES)                          \
    X(CMD_PLAN_DELETE, "plan-delete", "D", "plan the deletion", CMD_CHANGES)                       \
    X(CMD_ROLLBACK, "plan-rollback", "R", "plan going back a release", CMD_CHANGES)                \
    X(CMD_APPLY, "apply", "a", "apply this plan", CMD_CHANGES)                                     \
    X(CMD_ACCEPT, "accept", "K", "accept a difference until a date", CMD_CHANGES)                  \
    X(CMD_OWNER, "owner", "T", "hand a field over or take it over", CMD_CHANGES)                   \
    X(CMD_ROLLOUT, "rollout", "S", "pause, resume or abort a rollout", CMD_CHANGES)                \
    X(CMD_COPY, "copy", "c", "copy to the clipboard", 0)                                           \
    X(CMD_SHELL, "shell", "x", "a shell in the container, through kubectl", CMD_CHANGES)           \
    X(CMD_EDITOR, "editor", "E F4", "open a copy in $EDITOR", 0)                                   \
    X(CMD_GUIDE, "guide", "Ctrl-G", "the guide of the demo: skip, back, end",                      \
      CMD_EVERYWHERE | CMD_IN_FIELD)                                                               \
    X(CMD_MOUSE, "mouse", "M", "mouse on or off", CMD_EVERYWHERE)                                  \
    X(CMD_SUSPEND, "suspend", "Ctrl-Z", "suspend to the shell", CMD_EVERYWHERE | CMD_IN_FIELD)

enum command {
    CMD_NONE,
#define X(id, name, keys, words, flags) id,
    COMMAND_TABLE(X)
#undef X
        CMD_COUNT
};

struct command_info {
    const char *name, *keys, *words;
    unsigned flags;
};

const struct command_info *command_info(enum command c); /* not of CMD_NONE */
enum command command_find(const char *name);             /* CMD_NONE: there is none */

/* ---- which key does what ---- */

#define KEYMAP_KEYS_MAX 4

struct keymap {
    struct key keys[CMD_COUNT][KEYMAP_KEYS_MAX];
    uint8_t n_keys[CMD_COUNT];
};

void keymap_default(struct keymap *m);
/* Replaces the keys of c by the space-separated list. ERR_INVALID for a name that is no key,
 * ERR_EXISTS (nothing changed) for a key of another command. */
int keymap_bind(struct keymap *m, enum command c, const char *keys, struct err *e) ERR_CHECKED;
/* in_field: only keys that are no text, of commands that work there. */
enum command keymap_find(const struct keymap *m, struct key k, bool in_field);
/* First key as people read it; "" when it has none. The array is the caller's. */
const char *keymap_first(const struct keymap *m, enum command c, char out[KEY_NAME_LEN]);
/* The first that works while a text field has the focus. */
const char *keymap_first_in_field(const struct keymap *m, enum command c, char out[KEY_NAME_LEN]);

#endif
