# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libcel.a
libcel_a_SOURCES = \
	src/cel/cel.h src/cel/cel_int.h src/cel/node.h src/cel/opaque.h src/cel/parse_int.h \
	src/cel/check.c src/cel/check_extra.c src/cel/check_int.h src/cel/check_names.c \
	src/cel/env.c src/cel/eval.c src/cel/fold.c src/cel/lex.c src/cel/lex.h \
	src/cel/macro.c src/cel/ops.c src/cel/parse.c src/cel/plan.c src/cel/print.c src/cel/text.c \
	src/cel/time.c src/cel/typed.c src/cel/types.c src/cel/value.c src/cel/words.c src/cel/words.h \
	src/cel/lib_authz.c src/cel/lib_core.c src/cel/lib_format.c src/cel/lib_k8s_format.c src/cel/lib_lists.c \
	src/cel/lib_math.c src/cel/lib_misc.c src/cel/lib_network.c src/cel/lib_quantity.c \
	src/cel/lib_strings.c src/cel/lib_url.c
