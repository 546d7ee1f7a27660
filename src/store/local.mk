# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libstore.a
libstore_a_SOURCES = \
	src/store/store.h src/store/store_words.h src/store/store_put.h src/store/store_get.h
