// SPDX-License-Identifier: Apache-2.0
#include "views/outside.h"

#include "base/mem.h"
#include "leeway/snapshot.h"
#include "views/editor.h"
#include "widget/dialog.h"

#define ARGS_MAX 24

struct shell {
    struct arena arena;
    char *argv[ARGS_MAX];
};

const char *outside_why_no_shell(struct app *a)
{
    return program_is_there("kubectl") ? NULL : "kubectl is not on the PATH";
}

static void run_shell(struct app *a, void *ctx, int button)
{
    struct shell *s = ctx;
    if (a && button == 1) {
        int status = app_run_program(a, s->argv);
        if (status < 0)
            app_error(a, "there is no terminal to run kubectl in");
        else if (status)
            app_error(a, "kubectl ended with %d", status);
    }
    arena_clear(&s->arena);
    mem_free(s);
}

/* What kubectl calls the cluster. */
static const char *context_of(struct app *a, struct text cluster)
{
    const struct leeway_snapshot *s = app_snapshot(a);
    const struct leeway_cluster *c = s ? leeway_cluster_by_name(s, cluster.str) : NULL;
    return c && c->context.len ? c->context.str : cluster.str;
}

void outside_shell(struct app *a, const struct object_ref *pod, struct text container)
{
    struct shell *s = mem_new(struct shell);
    arena_init(&s->arena);
    const char *const words[] = {"kubectl",
                                 "--context",
                                 context_of(a, pod->cluster),
                                 "-n",
                                 pod->namespace_.str,
                                 "exec",
                                 "-it",
                                 pod->name.str,
                                 container.len ? "-c" : NULL,
                                 container.len ? container.str : NULL,
                                 "--",
                                 "sh",
                                 "-c",
                                 "command -v bash >/dev/null && exec bash || exec sh"};
    size_t n = 0;
    struct text line = TEXT_NONE;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (!words[i])
            continue;
        s->argv[n++] = arena_strdup(&s->arena, words[i]);
        if (i < ARRAY_LEN(words) - 3)
            line = text_fmt(&s->arena, "%s%s%s", line.str, line.len ? " " : "", words[i]);
    }
    const struct text lines[] = {text_fmt(&s->arena,
                                          "A shell in %s on %s. What is done in it is not a plan,",
                                          pod->name.str, pod->cluster.str),
                                 TEXT("and leeway knows nothing of it."), TEXT_NONE, line};
    const struct dialog_button buttons[] = {{"Open it", NULL}};
    const struct dialog_spec spec = {.title = TEXT("Shell"),
                                     .lines = lines,
                                     .n_lines = ARRAY_LEN(lines),
                                     .buttons = buttons,
                                     .n_buttons = 1,
                                     .done = run_shell,
                                     .ctx = s};
    app_push(a, dialog_new(&spec));
}
