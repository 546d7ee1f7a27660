// SPDX-License-Identifier: Apache-2.0
#include "story_plan.h"

#include "base/mem.h"
#include "story.h"

#define WEB ".spec.template.spec.containers[name=\"web\"]"

static const struct text dev[] = {TEXT("dev-us-1"), TEXT("dev-eu-1"), TEXT("dev-ap-1")};

struct leeway_plan *story_plan(enum leeway_choice choice)
{
    const struct leeway_plan_field body_size[] = {
        {.path = TEXT(".metadata.annotations[\"nginx.ingress.kubernetes.io/proxy-body-size\"]"),
         .before = TEXT("32m"),
         .after = TEXT("8m"),
         .choice = choice,
         .owner = TEXT("kubectl-annotate, a person"),
         .on = TEXT("dev-ap-1")}};
    const struct leeway_plan_field template[] = {{.path = TEXT(".spec.template"),
                                                  .before = TEXT("migrate:1.4"),
                                                  .after = TEXT("migrate:1.5"),
                                                  .choice = LEEWAY_CHOICE_NONE}};
    const struct leeway_plan_field web[] = {{.path = TEXT(WEB ".resources.limits.memory"),
                                             .before = TEXT("256Mi"),
                                             .after = TEXT("384Mi"),
                                             .choice = LEEWAY_CHOICE_NONE},
                                            {.path = TEXT(WEB ".readinessProbe.httpGet.path"),
                                             .before = TEXT("/healthz"),
                                             .after = TEXT("/readyz"),
                                             .choice = LEEWAY_CHOICE_NONE}};
    const struct leeway_plan_field db[] = {{.path = TEXT(".spec.updateStrategy.type"),
                                            .before = TEXT("OnDelete"),
                                            .after = TEXT("-"),
                                            .note = TEXT("its default comes back: RollingUpdate"),
                                            .choice = LEEWAY_CHOICE_NONE}};
    const struct leeway_plan_row rows[] = {
        {.number = 1,
         .action = LEEWAY_ACTION_DELETE,
         .risk = true,
         .object_kind = TEXT("PersistentVolumeClaim"),
         .namespace_ = TEXT("payments-dev"),
         .name = TEXT("payments-dev-cache"),
         .cause = TEXT("left the folder"),
         .detail = TEXT("its data is lost, 2Gi on each cluster"),
         .clusters = dev,
         .n_clusters = 3},
        {.number = 2,
         .action = LEEWAY_ACTION_REPLACE,
         .risk = true,
         .object_kind = TEXT("Job"),
         .name = TEXT("payments-dev-migrate"),
         .cause = TEXT("folder"),
         .detail = TEXT(".spec.template is immutable: delete, then create"),
         .clusters = dev,
         .n_clusters = 3,
         .fields = template,
         .n_fields = 1},
        {.number = 3,
         .action = LEEWAY_ACTION_TAKE_OVER,
         .risk = true,
         .object_kind = TEXT("Ingress"),
         .name = TEXT("payments-dev-web"),
         .cause = TEXT("folder"),
         .clusters = &dev[2],
         .n_clusters = 1,
         .fields = body_size,
         .n_fields = 1},
        {.number = 4,
         .action = LEEWAY_ACTION_STAYS,
         .risk = true,
         .object_kind = TEXT("Deployment"),
         .name = TEXT("payments-dev-web"),
         .cause = TEXT("co-owner"),
         .detail = TEXT("env DEBUG: kubectl-edit owns it too, so it is not removed"),
         .clusters = dev,
         .n_clusters = 1},
        {.number = 5,
         .action = LEEWAY_ACTION_CREATE,
         .object_kind = TEXT("PodDisruptionBudget"),
         .name = TEXT("payments-dev-web"),
         .cause = TEXT("folder"),
         .clusters = dev,
         .n_clusters = 3},
        {.number = 6,
         .action = LEEWAY_ACTION_UPDATE,
         .object_kind = TEXT("Deployment"),
         .name = TEXT("payments-dev-web"),
         .cause = TEXT("folder"),
         .clusters = dev,
         .n_clusters = 3,
         .fields = web,
         .n_fields = ARRAY_LEN(web)},
        {.number = 7,
         .action = LEEWAY_ACTION_UPDATE,
         .object_kind = TEXT("StatefulSet"),
         .name = TEXT("payments-dev-db"),
         .cause = TEXT("folder"),
         .clusters = dev,
         .n_clusters = 3,
         .fields = db,
         .n_fields = 1},
        {.number = 8,
         .action = LEEWAY_ACTION_AS_IS,
         .object_kind = TEXT("Service"),
         .name = TEXT("payments-dev-web"),
         .clusters = dev,
         .n_clusters = 3},
    };
    const struct leeway_plan_target targets[] = {
        {.cluster = TEXT("dev-us-1"), .identity = TEXT("alice@acme.example")},
        {.cluster = TEXT("dev-eu-1"), .identity = TEXT("alice@acme.example")},
        {.cluster = TEXT("dev-ap-1"), .identity = TEXT("alice@acme.example")}};
    const struct text warnings[] = {TEXT("policy/v1beta1 is deprecated")};
    bool open = choice == LEEWAY_CHOICE_OPEN;
    const struct leeway_plan plan = {
        .hash = open ? TEXT("7f3c19e2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
                     : TEXT("90ab12cdaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        .environment = TEXT("payments-dev"),
        .namespace_ = TEXT("payments-dev"),
        .title = TEXT("folder ./payments"),
        .release = 2,
        .planned_ms = STORY_NOW_MS,
        .took_ms = 800,
        .counts = {[LEEWAY_ACTION_CREATE] = 3,
                   [LEEWAY_ACTION_UPDATE] = 6,
                   [LEEWAY_ACTION_REPLACE] = 3,
                   [LEEWAY_ACTION_DELETE] = 3,
                   [LEEWAY_ACTION_TAKE_OVER] = 1,
                   [LEEWAY_ACTION_AS_IS] = 15},
        .changes = 16,
        .targets = targets,
        .n_targets = ARRAY_LEN(targets),
        .rows = rows,
        .n_rows = ARRAY_LEN(rows),
        .warnings = warnings,
        .n_warnings = 1,
        .may_apply = !open,
        .why_not = open ? TEXT("1 field has an owner, and nobody decided: T") : TEXT_NONE,
    };
    return leeway_plan_new(&plan);
}

struct leeway_plan *story_plan_protected(void)
{
    static const struct text on[] = {TEXT("prod-us-2")};
    const struct leeway_plan_row rows[] = {
        {.number = 1,
         .action = LEEWAY_ACTION_DELETE,
         .risk = true,
         .object_kind = TEXT("PersistentVolumeClaim"),
         .name = TEXT("search-prod-index-v2"),
         .cause = TEXT("left the folder"),
         .detail = TEXT("Made by r18 at 13:50. Its data, 40Gi, is lost"),
         .clusters = on,
         .n_clusters = 1},
        {.number = 2,
         .action = LEEWAY_ACTION_DELETE,
         .risk = true,
         .object_kind = TEXT("Namespace"),
         .name = TEXT("search-old"),
         .cause = TEXT("left the folder"),
         .detail = TEXT("Everything in it goes with it"),
         .clusters = on,
         .n_clusters = 1,
         .shared_kind = true},
        {.number = 3,
         .action = LEEWAY_ACTION_UPDATE,
         .object_kind = TEXT("Deployment"),
         .name = TEXT("search-prod-api"),
         .cause = TEXT("folder"),
         .clusters = on,
         .n_clusters = 1},
    };
    const struct leeway_plan_target target = {
        .cluster = TEXT("prod-us-2"), .identity = TEXT("erik@acme.example"), .protected_ = true};
    const struct leeway_plan plan = {
        .hash = TEXT("c41d07aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        .environment = TEXT("search-prod"),
        .title = TEXT("folder ./search"),
        .release = 19,
        .planned_ms = STORY_NOW_MS,
        .counts = {[LEEWAY_ACTION_UPDATE] = 1, [LEEWAY_ACTION_DELETE] = 2},
        .changes = 3,
        .targets = &target,
        .n_targets = 1,
        .rows = rows,
        .n_rows = ARRAY_LEN(rows),
        .may_apply = true,
        .protected_ = true,
    };
    return leeway_plan_new(&plan);
}
