// SPDX-License-Identifier: Apache-2.0
/* A console with nothing behind it but messages: what the pty tests run. */
#include "app/run.h"
#include "base/mem.h"
#include "ui.h"
#include "views/messages.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    struct err e = ERR_INIT;
    struct theme theme = {0};
    setlocale(LC_ALL, "");
    for (int i = 0; i < ROLE_COUNT; i++)
        theme.looks[i] = (struct theme_look){0, 0, -1, -1, -1, -1};
    theme.looks[ROLE_CURSOR].attrs = theme.looks[ROLE_CURSOR].mono = STYLE_REVERSE;
    theme.looks[ROLE_STATUS_FAILED] =
        (struct theme_look){STYLE_BOLD, STYLE_REVERSE, 7, 1, 231, 160};
    struct term_options topt = {.in_fd = 0, .out_fd = 1};
    struct term *t = term_open(&topt, &theme, &e);
    if (!t) {
        char *s = err_format(&e);
        fprintf(stderr, "%s\n", s);
        mem_free(s);
        err_clear(&e);
        return 3;
    }
    struct zone *zone = zone_utc();
    struct app_options opt = {
        .zone = zone, .rows = 24, .cols = 80, .face = FACE_UNICODE, .fleet = "acme"};
    struct app *a = app_new(&opt);
    app_set_screen(a, CMD_MESSAGES, messages_new);
    app_say(a, MESSAGE_FAILED, TEXT("payments-dev"), TEXT("r2 failed on 1 of 3"), TEXT_NONE);
    for (int i = 0; i < 12; i++)
        app_say(a, MESSAGE_INFO, TEXT("catalog"),
                text_fmt(canvas_arena((struct canvas *)(uintptr_t)app_draw(a)), "row %d", i),
                TEXT_NONE);
    app_push(a, messages_new(a));
    int r = app_run(a, t, -1, NULL, NULL, &e);
    bool hung_up = app_ended(a) == UI_END_HANGUP;
    app_free(a);
    term_close(t);
    if (hung_up) { /* as whoever runs the console does */
        signal(SIGHUP, SIG_DFL);
        raise(SIGHUP);
    }
    zone_free(zone);
    err_clear(&e);
    return r ? 4 : 0;
}
