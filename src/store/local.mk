# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libstore.a
libstore_a_SOURCES = \
	src/store/store.h src/store/store_words.h src/store/store_put.h src/store/store_get.h \
	src/store/store_int.h src/store/store_sql.h \
	src/store/store.c src/store/store_attach.c src/store/store_audit.c src/store/store_backup.c \
	src/store/store_blob.c src/store/store_db.c src/store/store_fault.c src/store/store_files.c \
	src/store/store_get.c src/store/store_get_release.c src/store/store_job.c \
	src/store/store_put.c src/store/store_run.c src/store/store_schema.c src/store/store_thread.c \
	src/store/store_view.c src/store/store_words.c
