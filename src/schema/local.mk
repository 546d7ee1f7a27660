# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libschema.a
libschema_a_SOURCES = src/schema/schema.c src/schema/schema.h src/schema/pattern.c src/schema/pattern.h \
	src/schema/check.c src/schema/check.h src/schema/default.c src/schema/format.c src/schema/format.h src/schema/report.c src/schema/rule.c src/schema/rule.h src/schema/number.c src/schema/number.h \
	src/schema/validate.c src/schema/validate.h \
	src/schema/typed.h src/schema/typed_int.h src/schema/typed.c src/schema/typed_compare.c \
	src/schema/typed_merge.c src/schema/typed_reconcile.c src/schema/typed_schema.c
