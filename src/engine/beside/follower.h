// SPDX-License-Identifier: Apache-2.0
/*
 * A process beside the one that writes the store: the same public API, without an engine of its
 * own. Snapshots, messages and answers come over the socket beside the store (serve.c is the other
 * side); commands go there. It contacts no cluster and opens no store. Runs on the thread that
 * would be the engine's.
 */
#ifndef LEEWAY_ENGINE_FOLLOWER_H
#define LEEWAY_ENGINE_FOLLOWER_H

#include "engine/client.h"

struct follower;

/* Where the store of these options lies, and who writes it now ("leeway (pid 7)"), NULL: nobody.
 * The caller frees both, and the inventory that had to be read for it (NULL: it could not be),
 * which an engine of this process need not read once more. ERR_* of a fleet that cannot be loaded.
 */
struct inventory;
int follower_find(const struct leeway_options *o, char **store_path, char **writer,
                  struct inventory **inventory, struct err *e) ERR_CHECKED;
/* Connects, says hello and waits for the first snapshot, at most a few seconds. NULL: ERR_BUSY a
 * command holds the store and will be done soon; ERR_NOT_FOUND, ERR_CONFLICT it has other clusters;
 * ERR_UNREACHABLE nobody answers, or another version does. */
struct follower *follower_new(const struct leeway_options *o, const char *store_path,
                              struct engine_client *client, struct err *e) ERR_CHECKED;
/* Until the client is stopped or the other process has ended. */
void follower_run(struct follower *f);
void follower_free(struct follower *f); /* answers what is open */

#endif
