# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libdata.a
libdata_a_SOURCES = \
	src/data/diff.h src/data/fieldset.h src/data/path.h \
	src/data/json.h src/data/json_int.h src/data/json_read.c src/data/json_stream.c \
	src/data/json_write.c \
	src/data/number.c src/data/number.h \
	src/data/val.c src/data/val.h src/data/val_build.c src/data/val_compare.c \
	src/data/val_int.h src/data/val_with.c \
	src/data/yaml.h src/data/yaml_int.h src/data/yaml_read.c src/data/yaml_scalar.c \
	src/data/yaml_events.c src/data/yaml_maps.c src/data/yaml_nodes.c src/data/yaml_reader.h \
	src/data/yaml_strict.c src/data/yaml_strict.h src/data/yaml_write.c
libdata_a_SOURCES += \
	src/data/scalar.c src/data/scalar_int.h src/data/path.c src/data/path_text.c \
	src/data/fieldset.c src/data/fieldset_int.h src/data/fieldset_items.c \
	src/data/fieldset_ops.c src/data/fieldset_read.c \
	src/data/fieldset_table.c src/data/fieldset_walk.c src/data/diff.c src/data/edit.c \
	src/data/edit_int.h src/data/json_patch.c src/data/merge_patch.c
