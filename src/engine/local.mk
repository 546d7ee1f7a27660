# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libengine.a
libengine_a_SOURCES = \
	include/leeway/blame.h include/leeway/catalog.h include/leeway/compare.h include/leeway/environment.h include/leeway/explain.h \
	include/leeway/form.h include/leeway/history.h include/leeway/leeway.h include/leeway/look.h \
	include/leeway/object.h include/leeway/plan.h \
	include/leeway/snapshot.h include/leeway/state.h
libengine_a_SOURCES += \
	src/engine/build.h src/engine/client.c src/engine/client.h src/engine/engine.c src/engine/engine_commands.c \
	src/engine/engine_events.c src/engine/engine_int.h src/engine/engine_parts.c src/engine/engine_snapshot.c \
	src/engine/fault.c src/engine/fault.h src/engine/leeway.c src/engine/process.c src/engine/process.h \
	src/engine/workers.c src/engine/workers.h
libengine_a_SOURCES += \
	src/engine/answers/answers.c src/engine/answers/answers.h src/engine/answers/audit.c \
	src/engine/answers/audit.h src/engine/answers/compare.c src/engine/answers/compare.h \
	src/engine/answers/compare_rows.c src/engine/answers/compare_rows.h src/engine/answers/contract.c src/engine/answers/contract.h \
	src/engine/answers/exceptions.c src/engine/answers/exceptions.h src/engine/answers/explain.c src/engine/answers/explain.h src/engine/answers/heal.c src/engine/answers/heal.h src/engine/answers/history.c \
	src/engine/answers/history.h src/engine/answers/within.c src/engine/answers/within.h
libengine_a_SOURCES += \
	src/engine/apply/apply.c src/engine/apply/apply.h src/engine/apply/apply_adopt.c \
	src/engine/apply/apply_check.c src/engine/apply/apply_initial.c src/engine/apply/apply_int.h \
	src/engine/apply/apply_namespace.c src/engine/apply/apply_outcome.c src/engine/apply/apply_record.c \
	src/engine/apply/apply_rollout.c src/engine/apply/apply_row.c \
	src/engine/apply/apply_show.c src/engine/apply/apply_stages.c src/engine/apply/apply_target.c src/engine/apply/apply_trust.c \
	src/engine/apply/apply_wave.c src/engine/apply/applyset.c src/engine/apply/applyset.h \
	src/engine/apply/record.c src/engine/apply/record.h \
	src/engine/apply/rollout.c src/engine/apply/rollout.h src/engine/apply/target_health.c \
	src/engine/apply/target_health.h
libengine_a_SOURCES += \
	src/engine/beside/control_client.c src/engine/beside/control_conn.c src/engine/beside/control_conn.h \
	src/engine/beside/control_server.c src/engine/beside/control_socket.h src/engine/beside/follower.c \
	src/engine/beside/follower.h src/engine/beside/hand_over.c src/engine/beside/hand_over.h \
	src/engine/beside/follow_look.c src/engine/beside/follow_look.h src/engine/beside/serve_int.h \
	src/engine/beside/serve_look.c src/engine/beside/serve.c src/engine/beside/serve.h \
	src/engine/beside/wire.c src/engine/beside/wire.h \
	src/engine/beside/wire_event.c src/engine/beside/wire_event.h src/engine/beside/wire_types.c
libengine_a_SOURCES += \
	src/engine/drift/drift.c src/engine/drift/drift.h src/engine/drift/drift_eval.c src/engine/drift/drift_eval.h \
	src/engine/drift/drift_int.h src/engine/drift/drift_item.c src/engine/drift/drift_judge.c \
	src/engine/drift/drift_pick.c src/engine/drift/drift_pick.h src/engine/drift/drift_probe.c \
	src/engine/drift/drift_verdict.c src/engine/drift/given.c src/engine/drift/given.h src/engine/drift/given_pack.c src/engine/drift/managed.c \
	src/engine/drift/managed.h
libengine_a_SOURCES += \
	src/engine/environments/catalogs.c src/engine/environments/catalogs.h src/engine/environments/catalogs_read.c \
	src/engine/environments/env_about.c src/engine/environments/env_draft.c \
	src/engine/environments/env_known.c src/engine/environments/env_override.c src/engine/environments/env_source.c \
	src/engine/environments/env_stages.c \
	src/engine/environments/env_source.h src/engine/environments/env_source_int.h \
	src/engine/environments/env_team.c src/engine/environments/team_gate.c src/engine/environments/team_gate.h \
	src/engine/environments/environment.c src/engine/environments/environment.h \
	src/engine/environments/environment_about.c src/engine/environments/form_model.c \
	src/engine/environments/lifetime.c src/engine/environments/lifetime.h \
	src/engine/environments/origin.c src/engine/environments/origin.h src/engine/environments/parts.c \
	src/engine/environments/parts.h src/engine/environments/rebuild.c src/engine/environments/rebuild.h \
	src/engine/environments/rebuild_judge.c src/engine/environments/rebuild_take.c src/engine/environments/trust.c \
	src/engine/environments/trust.h src/engine/environments/wanted.c src/engine/environments/wanted.h
libengine_a_SOURCES += \
	src/engine/fleet/cluster.c src/engine/fleet/cluster.h src/engine/fleet/cluster_ask.c \
	src/engine/fleet/cluster_facts.c src/engine/fleet/cluster_health.c src/engine/fleet/cluster_int.h \
	src/engine/fleet/cluster_row.c src/engine/fleet/cluster_sight.c src/engine/fleet/cluster_value.c \
	src/engine/fleet/cluster_value.h src/engine/fleet/fleet_clusters.c src/engine/fleet/fleet_file.c \
	src/engine/fleet/fleet_file.h src/engine/fleet/inventory.c src/engine/fleet/inventory.h \
	src/engine/fleet/kinds.c src/engine/fleet/kinds.h src/engine/fleet/releases.def src/engine/fleet/selector.c \
	src/engine/fleet/selector.h
libengine_a_SOURCES += \
	src/engine/look/log_int.h src/engine/look/log_lines.c src/engine/look/log_order.c \
	src/engine/look/log_pods.c src/engine/look/log_source.c src/engine/look/log_subject.c \
	src/engine/look/look.c src/engine/look/look.h src/engine/look/look_int.h src/engine/look/look_kinds.c \
	src/engine/look/look_rows.c src/engine/look/look_source.c src/engine/look/look_state.c \
	src/engine/look/object_facts.c src/engine/look/object_lines.c src/engine/look/object_view.c \
	src/engine/look/object_view.h src/engine/look/pod_log.c src/engine/look/pod_log.h
libengine_a_SOURCES += \
	src/engine/model/blame.c src/engine/model/copy.c src/engine/model/copy.h src/engine/model/look.c \
	src/engine/model/pages.c src/engine/model/pages.h src/engine/model/shared.c src/engine/model/snapshot.c \
	src/engine/model/words.c
libengine_a_SOURCES += \
	src/engine/plan/leftover.c src/engine/plan/leftover.h \
	src/engine/plan/manifest.c src/engine/plan/manifest.h src/engine/plan/manifest_int.h \
	src/engine/plan/manifest_mend.c src/engine/plan/plan.c src/engine/plan/plan.h src/engine/plan/plan_bodies.c \
	src/engine/plan/plan_choose.c src/engine/plan/plan_compare.c src/engine/plan/plan_draft.c \
	src/engine/plan/plan_folder.c src/engine/plan/plan_forbid.c src/engine/plan/plan_guardrails.c \
	src/engine/plan/plan_hash.c src/engine/plan/plan_int.h src/engine/plan/plan_hold.c \
	src/engine/plan/plan_make.h src/engine/plan/plan_model.c src/engine/plan/plan_namespace.c \
	src/engine/plan/plan_object.c src/engine/plan/plan_rules.c src/engine/plan/plan_shape.c \
	src/engine/plan/plan_store.c src/engine/plan/plan_target.c src/engine/plan/plan_undo.c \
	src/engine/plan/plan_view.c src/engine/plan/revert.c src/engine/plan/revert.h
