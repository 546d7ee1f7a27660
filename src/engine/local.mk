# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libengine.a
libengine_a_SOURCES = \
	src/engine/control_socket.h src/engine/control_conn.c src/engine/control_conn.h \
	src/engine/control_client.c src/engine/control_server.c \
	src/engine/apply_wave.c src/engine/env_known.c src/engine/env_source_int.h \
	src/engine/origin.c src/engine/origin.h \
	src/engine/fault.c src/engine/fault.h src/engine/follower.c src/engine/follower.h src/engine/serve.c src/engine/serve.h \
	src/engine/target_health.c src/engine/target_health.h \
	src/engine/hand_over.c src/engine/hand_over.h \
	src/engine/apply_rollout.c src/engine/rollout.c src/engine/rollout.h \
	src/engine/wire.c src/engine/wire.h src/engine/wire_event.c src/engine/wire_event.h \
	src/engine/wire_types.c \
	include/leeway/leeway.h include/leeway/object.h include/leeway/plan.h \
	include/leeway/snapshot.h include/leeway/state.h \
	src/engine/apply_adopt.c src/engine/drift.c src/engine/drift.h src/engine/drift_int.h src/engine/drift_item.c \
	src/engine/drift_judge.c src/engine/drift_probe.c src/engine/revert.c src/engine/revert.h src/engine/object_facts.c src/engine/object_lines.c src/engine/object_view.c \
	src/engine/object_view.h src/engine/wanted.c src/engine/wanted.h \
	src/engine/drift_eval.c src/engine/drift_eval.h src/engine/given.c src/engine/given.h \
	src/engine/kinds.c src/engine/kinds.h src/engine/manifest.c src/engine/manifest.h \
	src/engine/manifest_int.h src/engine/manifest_mend.c \
	src/engine/model/copy.c src/engine/model/copy.h \
	include/leeway/blame.h src/engine/model/blame.c \
	include/leeway/look.h src/engine/model/look.c \
	src/engine/pod_log.c src/engine/pod_log.h \
	src/engine/look.c src/engine/look.h src/engine/look_int.h src/engine/look_kinds.c \
	src/engine/look_rows.c src/engine/look_source.c src/engine/look_state.c \
	src/engine/model/pages.c src/engine/model/pages.h \
	src/engine/model/shared.c src/engine/model/snapshot.c src/engine/model/words.c \
	src/engine/cluster.h src/engine/engine_int.h src/engine/environment.h \
	src/engine/client.c src/engine/client.h src/engine/cluster.c src/engine/cluster_ask.c \
	src/engine/cluster_facts.c src/engine/cluster_health.c src/engine/cluster_int.h \
	src/engine/cluster_row.c src/engine/cluster_sight.c src/engine/engine.c \
	src/engine/engine_commands.c src/engine/engine_events.c src/engine/engine_parts.c \
	src/engine/engine_snapshot.c src/engine/environment.c src/engine/inventory.c \
	src/engine/inventory.h src/engine/leeway.c src/engine/managed.c src/engine/managed.h \
	src/engine/process.c src/engine/process.h src/engine/releases.def \
	src/engine/workers.c src/engine/workers.h \
	src/engine/fleet_clusters.c src/engine/fleet_file.c src/engine/fleet_file.h \
	src/engine/selector.c src/engine/selector.h \
	src/engine/applyset.c src/engine/applyset.h src/engine/build.h \
	src/engine/plan.h src/engine/plan_bodies.c src/engine/plan_compare.c \
	src/engine/plan_guardrails.c src/engine/plan_hash.c src/engine/plan_int.h src/engine/plan_model.c \
	src/engine/plan_rules.c src/engine/plan.c src/engine/plan_choose.c \
	src/engine/plan_folder.c src/engine/plan_make.h \
	src/engine/plan_object.c src/engine/plan_target.c src/engine/apply.c \
	src/engine/apply_outcome.c \
	src/engine/apply.h src/engine/apply_int.h src/engine/apply_check.c \
	src/engine/apply_trust.c src/engine/cluster_value.c src/engine/cluster_value.h src/engine/trust.c src/engine/trust.h \
	src/engine/apply_row.c src/engine/apply_show.c src/engine/apply_target.c src/engine/plan_store.c src/engine/plan_view.c

# environments from blueprints
libengine_a_SOURCES += src/engine/env_source.c src/engine/env_source.h \
	include/leeway/catalog.h src/engine/catalogs.c src/engine/catalogs.h src/engine/catalogs_read.c \
	include/leeway/form.h src/engine/form_model.c src/engine/plan_draft.c src/engine/env_draft.c

# answers: contracts, exceptions, what happened
libengine_a_SOURCES += src/engine/plan_shape.c src/engine/apply_initial.c src/engine/plan_undo.c
libengine_a_SOURCES += src/engine/answers.c src/engine/answers.h src/engine/audit.c src/engine/audit.h \
	src/engine/contract.c src/engine/contract.h src/engine/drift_pick.c src/engine/drift_pick.h \
	src/engine/drift_verdict.c src/engine/environment_about.c src/engine/exceptions.c \
	src/engine/exceptions.h src/engine/history.c src/engine/history.h src/engine/within.c \
	src/engine/within.h include/leeway/history.h
