// SPDX-License-Identifier: Apache-2.0
/*
 * Answers that touch only our own records: a difference is accepted until a date, an exception is
 * ended, an environment lives longer. Each asks a reason and leaves a row in the audit; nothing is
 * sent to a cluster. Engine thread.
 */
#ifndef LEEWAY_ENGINE_ANSWERS_H
#define LEEWAY_ENGINE_ANSWERS_H

#include "engine/engine_int.h"

void answers_accept(struct engine *e, struct engine_command *cmd);
/* Others will read it: there has to be one, and no novel. */
int answers_check_reason(const struct leeway_command *c, struct err *e) ERR_CHECKED;
void answers_end(struct engine *e, struct engine_command *cmd);

#endif
