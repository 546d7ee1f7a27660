// SPDX-License-Identifier: Apache-2.0
/* The roles of the console: what a cell means, not how it looks. A theme gives each its look. */
#ifndef LEEWAY_UI_THEME_ROLE_H
#define LEEWAY_UI_THEME_ROLE_H

#include <stddef.h>

/* C name, name in themes */
#define ROLE_TABLE(X)                                                                              \
    X(ROLE_TEXT, "text")                                                                           \
    X(ROLE_TEXT_STRONG, "text.strong")         /* name of what is not well, chosen, new */         \
    X(ROLE_TEXT_DIM, "text.dim")               /* as it should be; units; under a dialog */        \
    X(ROLE_HEAD, "head")                       /* name of a section */                             \
    X(ROLE_RULE, "rule")                       /* line of a section, edge of a pane */             \
    X(ROLE_PATH, "path")                       /* row 0: the way */                                \
    X(ROLE_PATH_HERE, "path.here")             /* its last part */                                 \
    X(ROLE_BADGE_PROTECTED, "badge.protected") /* plans here need the name typed */                \
    X(ROLE_BADGE_RO, "badge.ro")                                                                   \
    X(ROLE_BADGE_PAUSED, "badge.paused")                                                           \
    X(ROLE_TAB, "tab")                                                                             \
    X(ROLE_TAB_ON, "tab.on")                                                                       \
    X(ROLE_CURSOR, "cursor") /* row, tile or cell under the cursor */                              \
    X(ROLE_MARK, "mark")                                                                           \
    X(ROLE_MATCH, "match")                 /* letters that the filter or search found */           \
    X(ROLE_STATUS_FAILED, "status.failed") /* the nine in the order of the states */               \
    X(ROLE_STATUS_UNKNOWN, "status.unknown")                                                       \
    X(ROLE_STATUS_DEGRADED, "status.degraded")                                                     \
    X(ROLE_STATUS_DRIFT, "status.drift")                                                           \
    X(ROLE_STATUS_CHANGING, "status.changing")                                                     \
    X(ROLE_STATUS_PENDING, "status.pending")                                                       \
    X(ROLE_STATUS_ACCEPTED, "status.accepted")                                                     \
    X(ROLE_STATUS_ASLEEP, "status.asleep")                                                         \
    X(ROLE_STATUS_OK, "status.ok")                                                                 \
    X(ROLE_VERB_DELETE, "verb.delete")                                                             \
    X(ROLE_VERB_REPLACE, "verb.replace")                                                           \
    X(ROLE_VERB_TAKE, "verb.take")                                                                 \
    X(ROLE_VERB_CREATE, "verb.create")                                                             \
    X(ROLE_VERB_UPDATE, "verb.update")                                                             \
    X(ROLE_VERB_STAY, "verb.stay")                                                                 \
    X(ROLE_VALUE_OLD, "value.old")                                                                 \
    X(ROLE_VALUE_NEW, "value.new")                                                                 \
    X(ROLE_VALUE_LIVE, "value.live")                                                               \
    X(ROLE_OWNER_LEEWAY, "owner.leeway")                                                           \
    X(ROLE_OWNER_NONE, "owner.none")                                                               \
    X(ROLE_OWNER_PERSON, "owner.person")                                                           \
    X(ROLE_OWNER_MACHINE, "owner.machine")                                                         \
    X(ROLE_OWNER_FOREIGN, "owner.foreign")                                                         \
    X(ROLE_INPUT, "input")                                                                         \
    X(ROLE_INPUT_FOCUS, "input.focus")                                                             \
    X(ROLE_FIELD_ERROR, "field.error")                                                             \
    X(ROLE_DIALOG, "dialog")                                                                       \
    X(ROLE_DIALOG_DANGER, "dialog.danger")                                                         \
    X(ROLE_BUTTON, "button")                                                                       \
    X(ROLE_BUTTON_FOCUS, "button.focus")                                                           \
    X(ROLE_BUTTON_OFF, "button.off")                                                               \
    X(ROLE_BAR_DONE, "bar.done")                                                                   \
    X(ROLE_BAR_REST, "bar.rest")                                                                   \
    X(ROLE_KEY, "key")         /* last row: the key */                                             \
    X(ROLE_HINT, "hint")       /* its word */                                                      \
    X(ROLE_MESSAGE, "message") /* the row above */                                                 \
    X(ROLE_MESSAGE_ERROR, "message.error")                                                         \
    X(ROLE_LOG_SOURCE_1, "log.source.1")                                                           \
    X(ROLE_LOG_SOURCE_2, "log.source.2")                                                           \
    X(ROLE_LOG_SOURCE_3, "log.source.3")                                                           \
    X(ROLE_LOG_SOURCE_4, "log.source.4")                                                           \
    X(ROLE_LOG_SOURCE_5, "log.source.5")                                                           \
    X(ROLE_LOG_SOURCE_6, "log.source.6")

enum role {
#define X(name, word) name,
    ROLE_TABLE(X)
#undef X
        ROLE_COUNT
};

const char *role_name(enum role role);
int role_find(const char *name); /* -1: there is none of that name */

#endif
