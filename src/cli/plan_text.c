// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_text.h"

#include "base/mem.h"
#include "cli/session.h"
#include "data/json.h"
#include "data/yaml.h"
#include "engine/build.h"

#include <errno.h>
#include <string.h>

static const char *choice_word(enum leeway_choice c)
{
    static const char *const words[] = {
        [LEEWAY_CHOICE_OPEN] = "open",
        [LEEWAY_CHOICE_TAKE_OVER] = "take over",
        [LEEWAY_CHOICE_KEEP_THEIRS] = "keep theirs",
        [LEEWAY_CHOICE_STOP] = "stop",
        [LEEWAY_CHOICE_NONE] = "",
    };
    return words[c];
}

/* ---- for people ---- */

static void print_counts(FILE *out, const struct leeway_plan *p)
{
    static const enum leeway_action order[] = {
        LEEWAY_ACTION_CREATE, LEEWAY_ACTION_UPDATE, LEEWAY_ACTION_TAKE_OVER, LEEWAY_ACTION_REPLACE,
        LEEWAY_ACTION_DELETE, LEEWAY_ACTION_STAYS,  LEEWAY_ACTION_AS_IS,     LEEWAY_ACTION_ERROR,
    };
    bool any = false;
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        if (p->counts[order[i]]) {
            fprintf(out, "%s%d %s", any ? ", " : "", (int)p->counts[order[i]],
                    leeway_action_word(order[i]));
            any = true;
        }
    fprintf(out, "%s\n", any ? "" : "no objects");
}

static void print_field(FILE *out, const struct leeway_plan_field *f, const char *lead)
{
    fprintf(out, "%s%s", lead, f->path.str);
    if (f->before.len || f->after.len)
        fprintf(out, "  %s → %s", f->before.str, f->after.str);
    if (f->on.len)
        fprintf(out, "  on %s", f->on.str);
    fputc('\n', out);
    if (f->choice != LEEWAY_CHOICE_NONE)
        fprintf(out, "%s  owned by %s: %s\n", lead, f->owner.str,
                f->choice == LEEWAY_CHOICE_OPEN ? "take over, keep theirs or stop?"
                                                : choice_word(f->choice));
    if (f->note.len)
        fprintf(out, "%s  %s\n", lead, f->note.str);
}

static void print_row(FILE *out, const struct leeway_plan *p, const struct leeway_plan_row *r,
                      const char *mark)
{
    fprintf(out, "%s%-9s %s/%s", mark, leeway_plan_row_word(r), r->object_kind.str, r->name.str);
    if (r->namespace_.len && !text_equal(r->namespace_, p->namespace_))
        fprintf(out, " in %s", r->namespace_.str);
    if (p->n_targets > 1) {
        fputs("  on ", out);
        for (size_t i = 0; i < r->n_clusters && i < 3; i++)
            fprintf(out, "%s%s", i ? ", " : "", r->clusters[i].str);
        if (r->n_clusters > 3)
            fprintf(out, " and %zu more", r->n_clusters - 3);
    }
    if (r->cause.len)
        fprintf(out, "  (%s)", r->cause.str);
    if (r->checked_at_apply)
        fputs("  checked at apply", out);
    fputc('\n', out);
    if (r->detail.len)
        fprintf(out, "%s          %s\n", mark, r->detail.str);
    if (r->hint.len)
        fprintf(out, "%s          %s\n", mark, r->hint.str);
    char lead[32];
    snprintf(lead, sizeof(lead), "%s          ", mark);
    for (size_t i = 0; i < r->n_fields; i++)
        print_field(out, &r->fields[i], lead);
}

static void print_rows(FILE *out, const struct leeway_plan *p, bool risks, const char *head,
                       const char *mark)
{
    bool any = false;
    for (size_t i = 0; i < p->n_rows; i++) {
        const struct leeway_plan_row *r = &p->rows[i];
        if (r->risk != risks || (r->action == LEEWAY_ACTION_AS_IS && !risks))
            continue;
        if (!any)
            fprintf(out, "\n%s\n", head);
        any = true;
        print_row(out, p, r, mark);
    }
}

static void print_text(FILE *out, const struct leeway_plan *p)
{
    fprintf(out, "plan %.12s  %s  r%d: %d %s on %zu %s\n", p->hash.len ? p->hash.str : "-",
            p->environment.str, (int)p->release, (int)p->changes,
            p->changes == 1 ? "change" : "changes", p->n_targets,
            p->n_targets == 1 ? "cluster" : "clusters");
    fprintf(out, "%s, namespace %s\n", p->title.str, p->namespace_.str);
    print_counts(out, p);
    for (size_t i = 0; i < p->n_targets; i++) {
        const struct leeway_plan_target *t = &p->targets[i];
        fprintf(out, "%-10s %s%s%s\n", i ? "" : "touches", t->cluster.str,
                t->protected_ ? " [PROTECTED]" : "", t->may.len ? ": " : "");
        if (t->may.len)
            fprintf(out, "           %s\n", t->may.str);
    }
    if (p->rollout.len)
        fprintf(out, "in stages  %s\n", p->rollout.str);
    for (size_t i = 0; i < p->n_warnings; i++)
        fprintf(out, "warning    %s\n", p->warnings[i].str);
    print_rows(out, p, true, "risks", "  ");
    print_rows(out, p, false, "changes", "  ");
    fputc('\n', out);
    if (!p->may_apply)
        fprintf(out, "cannot be applied: %s\n", p->why_not.str);
    else if (p->changes)
        fprintf(out, "leeway apply %s%s%s\n", p->hash.str, p->protected_ ? " --confirm " : "",
                p->protected_ ? p->environment.str : "");
    else
        fputs("nothing to do\n", out);
}

/* ---- Markdown: a table for the description of a change ---- */

static void put_cell(FILE *out, const char *s)
{
    for (; *s; s++) {
        if (*s == '|' || *s == '`' || *s == '\\')
            fputc('\\', out);
        fputc(*s, out);
    }
}

static void print_markdown(FILE *out, const struct leeway_plan *p)
{
    fprintf(out, "### Plan `%.12s` for %s: ", p->hash.len ? p->hash.str : "-", p->environment.str);
    print_counts(out, p);
    fputs("\n", out);
    put_cell(out, p->title.str);
    fputs(", namespace ", out);
    put_cell(out, p->namespace_.str);
    fputs("\n\n", out);
    for (size_t i = 0; i < p->n_targets; i++) {
        fputs("- ", out);
        put_cell(out, p->targets[i].cluster.str);
        fputs(p->targets[i].protected_ ? " (protected)" : "", out);
        fputs(p->targets[i].may.len ? ": " : "", out);
        put_cell(out, p->targets[i].may.str);
        fputc('\n', out);
    }
    if (p->rollout.len) {
        fputs("- in stages: ", out);
        put_cell(out, p->rollout.str);
        fputc('\n', out);
    }
    for (size_t i = 0; i < p->n_warnings; i++) {
        fputs("- **warning** ", out);
        put_cell(out, p->warnings[i].str);
        fputc('\n', out);
    }
    if (p->changes || p->counts[LEEWAY_ACTION_ERROR])
        fputs("\n| | object | cluster | what | because |\n|---|---|---|---|---|\n", out);
    for (size_t i = 0; i < p->n_rows; i++) {
        const struct leeway_plan_row *r = &p->rows[i];
        if (r->action == LEEWAY_ACTION_AS_IS)
            continue;
        fprintf(out, "| %s%s | ", r->risk ? "**risk** " : "", leeway_plan_row_word(r));
        put_cell(out, r->object_kind.str);
        fputc('/', out);
        put_cell(out, r->name.str);
        fputs(" | ", out);
        for (size_t k = 0; k < r->n_clusters; k++) {
            fputs(k ? ", " : "", out);
            put_cell(out, r->clusters[k].str);
        }
        fputs(" | ", out);
        put_cell(out, r->detail.str);
        for (size_t k = 0; k < r->n_fields; k++) {
            fputs(k || r->detail.len ? "<br>" : "", out);
            put_cell(out, r->fields[k].path.str);
            fputs(" ", out);
            put_cell(out, r->fields[k].before.str);
            fputs(" → ", out);
            put_cell(out, r->fields[k].after.str);
            if (r->fields[k].owner.len) {
                fputs(" (", out);
                put_cell(out, r->fields[k].owner.str);
                fputc(')', out);
            }
        }
        fputs(" | ", out);
        put_cell(out, r->cause.str);
        fputs(" |\n", out);
    }
    if (!p->may_apply) {
        fputs("\nCannot be applied: ", out);
        put_cell(out, p->why_not.str);
        fputc('\n', out);
    } else if (p->changes) {
        fprintf(out, "\n`leeway apply %s%s%s`\n", p->hash.str, p->protected_ ? " --confirm " : "",
                p->protected_ ? p->environment.str : "");
    } else {
        fputs("\nNothing to do.\n", out);
    }
}

/* ---- JSON, YAML ---- */

static void put_text(struct val_builder *b, const char *key, struct text t)
{
    if (t.len)
        build_put(b, key, val_borrow_str(t.str, t.len));
}

static void put_row(struct val_builder *b, const struct leeway_plan_row *r)
{
    val_builder_map(b);
    build_put(b, "number", val_of_int(r->number));
    build_str(b, "action", leeway_action_word(r->action));
    build_flag(b, "risk", r->risk);
    put_text(b, "apiVersion", r->api_version);
    put_text(b, "kind", r->object_kind);
    put_text(b, "namespace", r->namespace_);
    put_text(b, "name", r->name);
    put_text(b, "cause", r->cause);
    put_text(b, "detail", r->detail);
    put_text(b, "hint", r->hint);
    if (r->forbidden_verb.len) {
        build_map(b, "forbidden");
        put_text(b, "verb", r->forbidden_verb);
        put_text(b, "resource", r->forbidden_resource);
        val_builder_end(b);
    }
    build_flag(b, "sharedKind", r->shared_kind);
    build_flag(b, "checkedAtApply", r->checked_at_apply);
    build_list(b, "clusters");
    for (size_t i = 0; i < r->n_clusters; i++)
        val_builder_add(b, val_borrow_str(r->clusters[i].str, r->clusters[i].len));
    val_builder_end(b);
    build_list(b, "fields");
    for (size_t i = 0; i < r->n_fields; i++) {
        const struct leeway_plan_field *f = &r->fields[i];
        val_builder_map(b);
        put_text(b, "path", f->path);
        put_text(b, "before", f->before);
        put_text(b, "after", f->after);
        put_text(b, "note", f->note);
        build_str(b, "choice", choice_word(f->choice));
        put_text(b, "owner", f->owner);
        put_text(b, "cluster", f->on);
        val_builder_end(b);
    }
    val_builder_end(b);
    val_builder_end(b);
}

static void print_data(FILE *out, const struct leeway_plan *p, bool yaml)
{
    struct val_pool pool;
    struct buf text;
    val_pool_init(&pool);
    buf_init(&text, BUF_LARGE);
    struct val_builder *b = val_builder_new(&pool, 16);
    val_builder_map(b);
    build_str(b, "kind", "Plan");
    put_text(b, "hash", p->hash);
    put_text(b, "environment", p->environment);
    put_text(b, "namespace", p->namespace_);
    put_text(b, "title", p->title);
    put_text(b, "rollout", p->rollout);
    build_put(b, "release", val_of_int(p->release));
    build_put(b, "changes", val_of_int(p->changes));
    build_put(b, "mayApply", val_of_bool(p->may_apply));
    put_text(b, "whyNot", p->why_not);
    build_flag(b, "protected", p->protected_);
    build_put(b, "tookMs", val_of_int(p->took_ms));
    build_map(b, "counts");
    for (int i = 0; i < LEEWAY_ACTION_COUNT; i++)
        build_put(b, leeway_action_word((enum leeway_action)i), val_of_int(p->counts[i]));
    val_builder_end(b);
    build_list(b, "targets");
    for (size_t i = 0; i < p->n_targets; i++) {
        val_builder_map(b);
        put_text(b, "cluster", p->targets[i].cluster);
        put_text(b, "uid", p->targets[i].cluster_uid);
        put_text(b, "identity", p->targets[i].identity);
        build_flag(b, "protected", p->targets[i].protected_);
        put_text(b, "problem", p->targets[i].may);
        val_builder_end(b);
    }
    val_builder_end(b);
    build_list(b, "warnings");
    for (size_t i = 0; i < p->n_warnings; i++)
        val_builder_add(b, val_borrow_str(p->warnings[i].str, p->warnings[i].len));
    val_builder_end(b);
    build_list(b, "rows");
    for (size_t i = 0; i < p->n_rows; i++)
        put_row(b, &p->rows[i]);
    val_builder_end(b);
    val_builder_end(b);
    const struct val *v = val_builder_finish(b);
    if (yaml)
        yaml_write(&text, v);
    else
        json_write(&text, v, JSON_PRETTY);
    fputs(buf_str(&text), out);
    if (!yaml)
        fputc('\n', out);
    val_builder_free(b);
    buf_clear(&text);
    val_pool_clear(&pool);
}

void cli_plan_print(FILE *out, const struct leeway_plan *p, enum cli_output how)
{
    if (how == CLI_OUT_MARKDOWN)
        print_markdown(out, p);
    else if (how == CLI_OUT_JSON || how == CLI_OUT_YAML)
        print_data(out, p, how == CLI_OUT_YAML);
    else
        print_text(out, p);
}

/* ---- into a file ---- */

static const struct {
    const char *ending;
    enum cli_output how;
} endings[] = {{".json", CLI_OUT_JSON},
               {".yaml", CLI_OUT_YAML},
               {".yml", CLI_OUT_YAML},
               {".md", CLI_OUT_MARKDOWN},
               {".txt", CLI_OUT_TABLE}};

static bool how_of(const char *file, enum cli_output *how)
{
    size_t n = strlen(file);
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        size_t m = strlen(endings[i].ending);
        if (n > m && strcmp(file + n - m, endings[i].ending) == 0) {
            *how = endings[i].how;
            return true;
        }
    }
    return false;
}

bool cli_plan_out_is_good(const struct cli_args *args)
{
    const char *file = cli_value(args, "out");
    enum cli_output how;
    if (!file || how_of(file, &how))
        return true;
    cli_usage(args->verb, "--out %s: a name that ends in .json, .yaml, .md or .txt is wanted",
              file);
    return false;
}

static int status_of(const struct leeway_plan *p)
{
    if (p->counts[LEEWAY_ACTION_ERROR])
        return CLI_UNKNOWN;
    for (size_t i = 0; i < p->n_targets; i++)
        if (p->targets[i].may.len)
            return CLI_UNKNOWN;
    return p->changes ? CLI_CHANGES : CLI_OK;
}

int cli_plan_answer(const struct cli_args *args, const struct leeway_plan *p, enum cli_output how)
{
    const char *file = cli_value(args, "out");
    enum cli_output as = CLI_OUT_TABLE;
    struct err e = ERR_INIT;
    cli_plan_print(stdout, p, how);
    if (!file || !how_of(file, &as))
        return status_of(p);
    FILE *out = fopen(file, "w");
    if (out)
        cli_plan_print(out, p, as);
    bool bad = !out || ferror(out);
    if ((out && fclose(out)) || bad) {
        err_set_errno(&e, errno, file);
        return cli_fail(args->verb, &e);
    }
    return status_of(p);
}
