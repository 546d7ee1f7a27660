// SPDX-License-Identifier: Apache-2.0
/* What the files of ui/app share. */
#ifndef LEEWAY_UI_APP_APP_INT_H
#define LEEWAY_UI_APP_APP_INT_H

#include "app/app.h"
#include "app/export.h"
#include "app/guide.h"
#include "app/requests.h"
#include "base/vec.h"

#define INFO_MS 6000
#define ORDER_MS 3000
#define MIN_ROWS 10
#define MIN_COLS 40
#define STACK_MAX 32

struct palette_source {
    app_palette_fn *fn;
    void *ctx;
};

/* A command that was posted; owner NULL: the view is gone. */
struct waiting {
    uint64_t number;
    struct view *owner;
    app_answer_fn *fn;
};

struct guide { /* steps NULL: there is none */
    const struct guide_step *steps;
    size_t n, at;
    guide_fn *fn;
    void *ctx;
};

struct app {
    const struct clock *clock;
    const struct zone *zone;
    char *fleet;
    bool read_only, spectator, paused, quitting, dirty, stale;
    int how; /* it ended */
    app_go_fn *go;
    app_line_fn *line;
    app_notice_fn *notice;
    app_export_fn *export;
    bool order_later;     /* a view wants to sort and may not yet */
    int64_t paused_at_ms; /* wall */
    VEC(struct view *) stack;
    struct canvas *canvas;
    struct message_log *messages;
    uint64_t shown_uid;  /* message in the row; 0: none */
    int64_t shown_until; /* boot_ms; -1: until a key */
    int64_t last_key_ms; /* boot_ms */
    int64_t redraw_at;   /* boot_ms; 0: not at all */
    struct keymap keymap;
    struct text key_notes[CMD_COUNT]; /* what is wrong with a person's own key; in key_arena */
    struct arena key_arena;
    app_edit_keys_fn *edit_keys; /* NULL: there is no file */
    void *edit_keys_ctx;
    app_screen_fn *screens[CMD_COUNT];
    enum command screen, last_screen;
    VEC(struct palette_source) sources;
    struct app_host host;
    struct app_leave leave;
    struct leeway *engine;
    app_post_fn *post;
    void *post_ctx;
    VEC(struct waiting) waiting;
    VEC(uint64_t) to_end; /* looks whose views are gone */
    struct leeway_snapshot *snapshot;
    struct guide guide;
    struct arena scratch; /* for questions while an event is handled */
};

void app_forget_requests(struct app *a, const struct view *owner);
/* draws; in frame.c */
void app_draw_frame(struct app *a);
bool app_too_small(const struct app *a);
/* guide.c: whether the step is done on what was drawn; its row; the dialog of CMD_GUIDE */
void guide_look(struct app *a);
void guide_draw(struct app *a, struct region row);
struct view *guide_dialog(struct app *a);
/* The dialog that asks before the console closes. */
struct view *app_new_quit_dialog(struct app *a);

#endif
