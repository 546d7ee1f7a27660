# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libdata.a
libdata_a_SOURCES = \
	src/data/diff.h src/data/fieldset.h src/data/json.h src/data/path.h src/data/yaml.h \
	src/data/val.c src/data/val.h
