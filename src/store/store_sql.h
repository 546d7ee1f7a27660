// SPDX-License-Identifier: Apache-2.0
/*
 * Every statement of the store, in one table: name, rule, what to say when the rule is broken, SQL.
 *
 *   PLAIN    runs; any number of rows may change
 *   MUST     at least one row changes, else ERR_NOT_FOUND with the text
 *   VALUE    returns one row, whose first column is the write's value; none: ERR_NOT_FOUND
 *   COUNT    the number of rows that changed is the write's value
 *   REFUSE   a query: a row means ERR_CONFLICT with the text
 *   BLOB     keeps bytes under their digest (store_blob.c)
 *   AUDIT    appends to the chain (store_audit.c)
 *   READ     a query of a view
 *
 * Phrases that come back: TARGET is the id of (environment ?1, cluster ?2); RELEASE that of
 * (environment ?1, number ?2); PLACE_TARGET the plan's target of (environment ?1, number ?2,
 * cluster ?3). Where a phrase finds nothing the NULL breaks a NOT NULL and means ERR_NOT_FOUND.
 */
#ifndef LEEWAY_STORE_STORE_SQL_H
#define LEEWAY_STORE_STORE_SQL_H

#define STORE_SQL_TARGET "(SELECT id FROM target WHERE environment=?1 AND cluster=?2)"
#define STORE_SQL_RELEASE "(SELECT id FROM release WHERE environment=?1 AND number=?2)"
#define STORE_SQL_PLACE_TARGET                                                                     \
    "(SELECT pt.id FROM release r JOIN plan_target pt ON pt.plan=r.plan"                           \
    " JOIN target t ON t.id=pt.target"                                                             \
    " WHERE r.environment=?1 AND r.number=?2 AND t.cluster=?3)"

/* clang-format off */
#define STORE_SQL_WRITES(X) \
    X(SQL_BEGIN, PLAIN, "", "BEGIN IMMEDIATE") \
    X(SQL_COMMIT, PLAIN, "", "COMMIT") \
    X(SQL_ROLLBACK, PLAIN, "", "ROLLBACK") \
    X(SQL_SAVEPOINT, PLAIN, "", "SAVEPOINT job") \
    X(SQL_RELEASE, PLAIN, "", "RELEASE job") \
    X(SQL_UNDO, PLAIN, "", "ROLLBACK TO job") \
    X(SQL_PUT_META, PLAIN, "", "INSERT INTO meta(key,value) VALUES(?1,?2) ON CONFLICT DO NOTHING") \
    X(SQL_SET_META, PLAIN, "", "INSERT OR REPLACE INTO meta(key,value) VALUES(?1,?2)") \
    X(SQL_HAS_BLOB, READ, "", "SELECT 1 FROM blob WHERE digest=?1") \
    X(SQL_PUT_BLOB, PLAIN, "", \
      "INSERT INTO blob(digest,size,packed,made_ms,bytes) VALUES(?1,?2,?3,?4,?5)") \
    X(SQL_TOUCH_BLOB, PLAIN, "", "UPDATE blob SET made_ms=?2 WHERE digest=?1 AND made_ms<?2-3600000") \
    X(SQL_KEEP_BLOB, BLOB, "", "SELECT 1") \
    /* clusters */ \
    X(SQL_PUT_CLUSTER, PLAIN, "", \
      "INSERT INTO cluster(uid,weak,first_ms,last_ms) VALUES(?1,?2,?3,?3)" \
      " ON CONFLICT(uid) DO UPDATE SET weak=excluded.weak, last_ms=max(last_ms,excluded.last_ms)") \
    X(SQL_PUT_ROUTE, VALUE, "", \
      "INSERT INTO route(name,cluster,server,ca,first_ms,last_ms) VALUES(?1,?2,?3,?4,?5,?5)" \
      " ON CONFLICT(name) DO UPDATE SET last_ms=excluded.last_ms," \
      " server=iif(cluster=excluded.cluster,excluded.server,server)," \
      " ca=iif(cluster=excluded.cluster,excluded.ca,ca)," \
      " replaced_by=iif(cluster=excluded.cluster,NULL,excluded.cluster)" \
      " RETURNING replaced_by IS NOT NULL") \
    X(SQL_CONFIRM_ROUTE, MUST, "no cluster of that name waits to be confirmed", \
      "UPDATE route SET cluster=replaced_by, replaced_by=NULL" \
      " WHERE name=?1 AND replaced_by IS NOT NULL") \
    X(SQL_PUT_PIN, VALUE, "", \
      "INSERT INTO pin(kind,name,version,digest,first_ms) VALUES(?1,?2,?3,?4,?5)" \
      " ON CONFLICT(kind,name,version) DO UPDATE SET first_ms=first_ms" \
      " RETURNING digest<>?4") \
    X(SQL_ACCEPT_PIN, PLAIN, "", \
      "INSERT INTO pin(kind,name,version,digest,first_ms) VALUES(?1,?2,?3,?4,?5)" \
      " ON CONFLICT(kind,name,version) DO UPDATE SET first_ms=excluded.first_ms," \
      " digest=excluded.digest WHERE digest<>excluded.digest") \
    X(SQL_PUT_SUMMARY, MUST, "no such cluster is known", \
      "UPDATE cluster SET summary=?2, summary_ms=?3 WHERE uid=?1") \
    /* environments, targets */ \
    X(SQL_PUT_ENVIRONMENT, MUST, "", \
      "INSERT INTO environment(uuid,name,kind,name_space,origin,created_ms,about)" \
      " VALUES(?1,?2,?3,?4,?5,?6,?7) ON CONFLICT(uuid) DO UPDATE SET name=excluded.name," \
      " name_space=excluded.name_space, origin=excluded.origin, removed_ms=0," \
      " about=iif(excluded.about='',about,excluded.about)") \
    X(SQL_SET_EXPIRY, MUST, "no such environment is known", \
      "UPDATE environment SET expires_ms=?2 WHERE uuid=?1") \
    X(SQL_REMOVE_ENVIRONMENT, MUST, "no such environment is known", \
      "UPDATE environment SET removed_ms=?2 WHERE uuid=?1 AND removed_ms=0") \
    X(SQL_MAKE_TARGET, PLAIN, "", \
      "INSERT INTO target(environment,cluster,since_ms) VALUES(?1,?2,?3)" \
      " ON CONFLICT(environment,cluster) DO NOTHING") \
    X(SQL_SET_TARGET, MUST, "no such target is known", \
      "UPDATE target SET since_ms=iif(state=?3,since_ms,?5), state=?3, reason=?4" \
      " WHERE environment=?1 AND cluster=?2") \
    /* plans */ \
    X(SQL_PUT_PLAN, PLAIN, "", \
      "INSERT INTO plan(hash,environment,kind,who,summary,created_ms) VALUES(?1,?2,?3,?4,?5,?6)" \
      " ON CONFLICT(hash) DO UPDATE SET who=excluded.who, summary=excluded.summary," \
      " created_ms=excluded.created_ms") \
    X(SQL_PUT_PLAN_TARGET, PLAIN, "", \
      "INSERT INTO plan_target(plan,target,position,stage,moved,error,summary)" \
      " VALUES(?3," STORE_SQL_TARGET ",?4,?5,?6,?7,?8) ON CONFLICT(plan,target) DO UPDATE SET" \
      " moved=excluded.moved, error=excluded.error, summary=excluded.summary") \
    X(SQL_PUT_PLAN_ROW, PLAIN, "", \
      "INSERT INTO plan_row(plan_target,position,api_version,kind,name_space,name,action,uid,body," \
      "detail) VALUES((SELECT id FROM plan_target WHERE plan=?3 AND target=" STORE_SQL_TARGET \
      "),?4,?5,?6,?7,?8,?9,?10,?11,?12) ON CONFLICT(plan_target,position) DO UPDATE SET" \
      " detail=excluded.detail") \
    /* releases */ \
    X(SQL_REFUSE_RELEASE, REFUSE, "another release of this environment is not finished", \
      "SELECT 1 FROM release r JOIN plan p ON p.environment=r.environment WHERE p.hash=?1" \
      " AND r.state IN ('running','paused','aborting')") \
    X(SQL_PUT_RELEASE, VALUE, "no such plan is stored", \
      "INSERT INTO release(environment,number,plan,state,who,created_ms,changed_ms)" \
      " SELECT p.environment, 1+coalesce((SELECT max(number) FROM release x" \
      " WHERE x.environment=p.environment),0), p.hash, 'running', ?2, ?3, ?3" \
      " FROM plan p WHERE p.hash=?1 RETURNING number") \
    X(SQL_PUT_RELEASE_TARGETS, PLAIN, "", \
      "INSERT INTO release_target(release,plan_target,stage,state,attempt,reason,changed_ms)" \
      " SELECT (SELECT max(id) FROM release WHERE plan=?1), pt.id, pt.stage, 'queued', 0, '', ?2" \
      " FROM plan_target pt WHERE pt.plan=?1 AND pt.error=''") \
    X(SQL_PUT_RESULTS, PLAIN, "", \
      "INSERT INTO result(release,plan_target,position,state,changed_ms)" \
      " SELECT (SELECT max(id) FROM release WHERE plan=?1), pr.plan_target, pr.position, 'todo', ?2" \
      " FROM plan_target pt JOIN plan_row pr ON pr.plan_target=pt.id WHERE pt.plan=?1" \
      " AND pt.error='' AND pr.action NOT IN ('unchanged','stays','error')") \
    X(SQL_QUEUE_TARGETS, PLAIN, "", \
      "UPDATE target SET state='queued', reason='', since_ms=?2," \
      " number=(SELECT max(number) FROM release WHERE plan=?1)" \
      " WHERE id IN (SELECT target FROM plan_target WHERE plan=?1 AND error='')") \
    X(SQL_RESUME_RELEASE, VALUE, "no such release waits to be resumed", \
      "UPDATE release SET attempt=attempt+1, changed_ms=?3," \
      " state=iif(state='aborting',state,'running') WHERE environment=?1 AND number=?2" \
      " AND state IN ('running','paused','aborting') RETURNING attempt") \
    X(SQL_PUT_ROLLOUT, MUST, "no such release is stored", \
      "UPDATE release SET rollout=?2 WHERE id=(SELECT max(id) FROM release WHERE plan=?1)") \
    X(SQL_SET_ROLLOUT, MUST, "no such release is stored", \
      "UPDATE release SET rollout=?3 WHERE environment=?1 AND number=?2") \
    X(SQL_SET_RELEASE, MUST, "no such release is stored", \
      "UPDATE release SET state=?3, reason=?4, changed_ms=?5 WHERE environment=?1 AND number=?2") \
    X(SQL_SET_RELEASE_TARGET, MUST, "the release has no such target", \
      "UPDATE release_target SET state=?4, reason=?5, stage=?6, changed_ms=?7, attempt=?8" \
      " WHERE release=" STORE_SQL_RELEASE " AND plan_target=" STORE_SQL_PLACE_TARGET) \
    X(SQL_OPEN_STEP, PLAIN, "", \
      "INSERT INTO journal(release,plan_target,stage,step,position,uid,opened_ms)" \
      " VALUES(" STORE_SQL_RELEASE "," STORE_SQL_PLACE_TARGET ",?4,?5,?6,?7,?8)" \
      " ON CONFLICT(release,plan_target,stage,step,position)" \
      " DO UPDATE SET opened_ms=excluded.opened_ms, uid=excluded.uid, closed_ms=0") \
    X(SQL_OPEN_STAGE, PLAIN, "", \
      "INSERT INTO journal(release,plan_target,stage,step,position,uid,opened_ms)" \
      " VALUES(" STORE_SQL_RELEASE "," STORE_SQL_PLACE_TARGET ",?4,?5,?6,?7,?8)" \
      " ON CONFLICT(release,plan_target,stage,step,position) DO NOTHING") \
    X(SQL_SET_RESULT, MUST, "the release has no such object", \
      "UPDATE result SET state=?5, uid=?6, error=?7, changed_ms=?8" \
      " WHERE release=" STORE_SQL_RELEASE " AND plan_target=" STORE_SQL_PLACE_TARGET \
      " AND position=?4") \
    X(SQL_SET_LATE, MUST, "the release has no such object", \
      "UPDATE result SET late=?5 WHERE release=" STORE_SQL_RELEASE \
      " AND plan_target=" STORE_SQL_PLACE_TARGET " AND position=?4") \
    X(SQL_CLOSE_STEPS, PLAIN, "", \
      "UPDATE journal SET closed_ms=?5 WHERE release=" STORE_SQL_RELEASE \
      " AND plan_target=" STORE_SQL_PLACE_TARGET " AND position=?4 AND closed_ms=0") \
    X(SQL_CLOSE_STAGES, PLAIN, "", \
      "UPDATE journal SET closed_ms=?5 WHERE release=" STORE_SQL_RELEASE \
      " AND plan_target=" STORE_SQL_PLACE_TARGET " AND step='stage' AND stage=?4 AND closed_ms=0") \
    X(SQL_DELETED, PLAIN, "", \
      "DELETE FROM given WHERE (target,kind,name_space,name,api_group)=" \
      "(SELECT pt.target,pr.kind,pr.name_space,pr.name," \
      "iif(instr(pr.api_version,'/'),substr(pr.api_version,1,instr(pr.api_version,'/')-1),'')" \
      " FROM plan_row pr JOIN plan_target pt ON pt.id=pr.plan_target" \
      " WHERE pr.plan_target=" STORE_SQL_PLACE_TARGET " AND pr.position=?4 AND pr.action='delete')") \
    /* found on clusters by a store that lost its own */ \
    X(SQL_FOUND_RELEASE, PLAIN, "", \
      "INSERT INTO release(environment,number,plan,state,who,created_ms,changed_ms)" \
      " VALUES(?1,?2,?3,'done',?4,?5,?5) ON CONFLICT(environment,number) DO NOTHING") \
    X(SQL_FOUND_RELEASE_TARGET, PLAIN, "", \
      "INSERT INTO release_target(release,plan_target,stage,state,attempt,reason,changed_ms)" \
      " VALUES(" STORE_SQL_RELEASE "," STORE_SQL_PLACE_TARGET ",0,?4,1,?5,?6)" \
      " ON CONFLICT(release,plan_target) DO NOTHING") \
    X(SQL_FOUND_TARGET, MUST, "no such target is known", \
      "UPDATE target SET number=?3, state=?4, reason=?5, since_ms=?6" \
      " WHERE environment=?1 AND cluster=?2") \
    /* given */ \
    X(SQL_PUT_GIVEN, PLAIN, "", \
      "INSERT INTO given(target,api_group,kind,name_space,name,api_version,uid,resource_version," \
      "fieldset,leaves,body,number,set_ms,contract) VALUES(" STORE_SQL_TARGET \
      ",?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)" \
      " ON CONFLICT(target,kind,name_space,name,api_group) DO UPDATE SET" \
      " api_version=excluded.api_version, uid=excluded.uid," \
      " resource_version=excluded.resource_version, fieldset=excluded.fieldset," \
      " leaves=excluded.leaves, body=excluded.body, number=excluded.number, set_ms=excluded.set_ms," \
      " contract=excluded.contract") \
    X(SQL_REMOVE_GIVEN, PLAIN, "", \
      "DELETE FROM given WHERE target=" STORE_SQL_TARGET \
      " AND api_group=?3 AND kind=?4 AND name_space=?5 AND name=?6") \
    /* answers, drift */ \
    X(SQL_PUT_EXCEPTION, PLAIN, "", \
      "INSERT INTO exception(uuid,environment,cluster,api_version,kind,name_space,name,path,manager," \
      "match,matches,reason,who,created_ms,expires_ms)" \
      " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)" \
      " ON CONFLICT(uuid) DO UPDATE SET match=excluded.match, matches=excluded.matches," \
      " reason=excluded.reason, who=excluded.who, expires_ms=excluded.expires_ms, ended_ms=0") \
    X(SQL_END_EXCEPTION, MUST, "no such exception is in force", \
      "UPDATE exception SET ended_ms=?2 WHERE uuid=?1 AND ended_ms=0") \
    X(SQL_PUT_DRIFT, VALUE, "", \
      "INSERT INTO drift_span(target,api_group,kind,name_space,name,api_version,path,what,after_ms," \
      "first_ms,last_ms,owner,verdict,reason) VALUES(" STORE_SQL_TARGET \
      ",?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)" \
      " ON CONFLICT(target,kind,name_space,name,api_group,path) WHERE ended_ms=0" \
      " DO UPDATE SET last_ms=max(last_ms,excluded.last_ms), what=excluded.what," \
      " owner=excluded.owner, verdict=excluded.verdict, reason=excluded.reason," \
      " api_version=excluded.api_version RETURNING id") \
    X(SQL_END_DRIFT, PLAIN, "", \
      "UPDATE drift_span SET ended_ms=max(?8,first_ms) WHERE target=" STORE_SQL_TARGET \
      " AND api_group=?3 AND kind=?4 AND name_space=?5 AND name=?6 AND (?7 IS NULL OR path=?7)" \
      " AND ended_ms=0") \
    /* leases */ \
    X(SQL_REFUSE_LEASE, REFUSE, "somebody else holds this lease", \
      "SELECT 1 FROM lease WHERE name=?1 AND holder<>?2 AND boot=?3 AND until_ms>?4") \
    X(SQL_PUT_LEASE, PLAIN, "", \
      "INSERT OR REPLACE INTO lease(name,holder,boot,until_ms) VALUES(?1,?2,?3,?4)") \
    X(SQL_DROP_LEASE, PLAIN, "", "DELETE FROM lease WHERE name=?1 AND holder=?2") \
    /* audit, messages */ \
    X(SQL_APPEND_AUDIT, AUDIT, "", "SELECT 1") \
    X(SQL_LAST_AUDIT, READ, "", "SELECT row,chain FROM audit ORDER BY row DESC LIMIT 1") \
    X(SQL_PUT_AUDIT, PLAIN, "", \
      "INSERT INTO audit(row,at_ms,who,action,subject,detail,chain) VALUES(?1,?2,?3,?4,?5,?6,?7)") \
    X(SQL_FOLD_MESSAGE, PLAIN, "", \
      "UPDATE message SET count=count+1, last_ms=?4 WHERE id=(SELECT max(id) FROM message)" \
      " AND level=?1 AND area=?2 AND message=?3") \
    X(SQL_PUT_MESSAGE, PLAIN, "", \
      "INSERT INTO message(first_ms,last_ms,level,area,message) SELECT ?4,?4,?1,?2,?3" \
      " WHERE changes()=0") \
    X(SQL_TRIM_MESSAGES, PLAIN, "", \
      "DELETE FROM message WHERE id<=(SELECT max(id) FROM message)-?1") \
    /* keeping: ?1 releases of a target, ?2 made before */ \
    X(SQL_COLLECT, COUNT, "", \
      "DELETE FROM blob WHERE made_ms<?2 AND digest NOT IN (" \
      "SELECT fieldset FROM given WHERE fieldset IS NOT NULL UNION ALL" \
      " SELECT leaves FROM given WHERE leaves IS NOT NULL UNION ALL" \
      " SELECT body FROM given WHERE body IS NOT NULL UNION ALL" \
      " SELECT late FROM result WHERE late IS NOT NULL UNION ALL" \
      " SELECT pr.body FROM plan_row pr JOIN plan_target pt ON pt.id=pr.plan_target" \
      " JOIN plan p ON p.hash=pt.plan WHERE pr.body IS NOT NULL AND (p.created_ms>=?2" \
      " OR pt.id IN (SELECT plan_target FROM (SELECT rt.plan_target, r.changed_ms, r.state," \
      " row_number() OVER (PARTITION BY q.target ORDER BY r.number DESC) AS nth" \
      " FROM release_target rt JOIN release r ON r.id=rt.release" \
      " JOIN plan_target q ON q.id=rt.plan_target)" \
      " WHERE nth<=?1 OR changed_ms>=?2 OR state IN ('running','paused','aborting'))))")

#define STORE_SQL_READS(X) \
    X(SQL_GET_META, READ, "", "SELECT value FROM meta WHERE key=?1") \
    X(SQL_DATA_VERSION, READ, "", "PRAGMA data_version") \
    X(SQL_GET_BLOB, READ, "", "SELECT bytes,size,packed FROM blob WHERE digest=?1") \
    X(SQL_ALL_BLOBS, READ, "", "SELECT bytes,size,packed,digest FROM blob") \
    X(SQL_CLUSTERS, READ, "", \
      "SELECT uid,weak,first_ms,last_ms,summary,summary_ms FROM cluster ORDER BY uid") \
    X(SQL_ROUTES, READ, "", \
      "SELECT name,cluster,server,ca,first_ms,last_ms,replaced_by FROM route ORDER BY name") \
    X(SQL_PINS, READ, "", \
      "SELECT kind,name,version,digest,first_ms FROM pin ORDER BY kind,name,version") \
    X(SQL_ENVIRONMENTS, READ, "", \
      "SELECT uuid,name,kind,name_space,origin,created_ms,removed_ms,about,expires_ms" \
      " FROM environment" \
      " WHERE ?1 OR removed_ms=0 ORDER BY name,uuid") \
    X(SQL_TARGETS, READ, "", \
      "SELECT environment,cluster,state,reason,since_ms,number FROM target" \
      " WHERE ?1 IS NULL OR environment=?1 ORDER BY cluster,environment") \
    X(SQL_PLAN, READ, "", \
      "SELECT hash,environment,kind,who,summary,created_ms FROM plan WHERE hash=?1") \
    X(SQL_PLANS, READ, "", \
      "SELECT hash,environment,kind,who,summary,created_ms,(SELECT max(number) FROM release r" \
      " WHERE r.plan=p.hash) FROM plan p WHERE ?1 IS NULL OR environment=?1" \
      " ORDER BY created_ms DESC, hash LIMIT ?2") \
    X(SQL_FIND_PLAN, READ, "", "SELECT hash FROM plan WHERE hash>=?1 AND hash<=?2 LIMIT 2") \
    X(SQL_PLAN_TARGETS, READ, "", \
      "SELECT t.cluster,pt.stage,pt.moved,pt.error,pt.summary FROM plan_target pt" \
      " JOIN target t ON t.id=pt.target WHERE pt.plan=?1 ORDER BY pt.position") \
    X(SQL_PLAN_ROWS, READ, "", \
      "SELECT pr.position,pr.api_version,pr.kind,pr.name_space,pr.name,pr.action,pr.uid,pr.body," \
      "pr.detail FROM plan_target pt JOIN target t ON t.id=pt.target" \
      " JOIN plan_row pr ON pr.plan_target=pt.id WHERE pt.plan=?1 AND t.cluster=?2" \
      " ORDER BY pr.position") \
    X(SQL_RELEASES, READ, "", \
      "SELECT environment,number,plan,state,attempt,who,reason,created_ms,changed_ms,rollout" \
      " FROM release" \
      " WHERE (?1 IS NULL OR environment=?1) AND (NOT ?2 OR state IN ('running','paused'," \
      "'aborting')) AND (?3=0 OR number=?3) ORDER BY id DESC") \
    X(SQL_RELEASE_TARGETS, READ, "", \
      "SELECT r.environment,r.number,t.cluster,rt.stage,rt.state,rt.attempt,rt.reason,rt.changed_ms" \
      " FROM release r JOIN release_target rt ON rt.release=r.id" \
      " JOIN plan_target pt ON pt.id=rt.plan_target JOIN target t ON t.id=pt.target" \
      " WHERE r.environment=?1 AND r.number=?2 ORDER BY rt.stage,pt.position") \
    X(SQL_RESULTS, READ, "", \
      "SELECT r.environment,r.number,t.cluster,x.position,pr.api_version,pr.kind,pr.name_space," \
      "pr.name,pr.action,coalesce(x.late,pr.body),x.state,x.uid,x.error,x.changed_ms,x.late IS NOT NULL" \
      " FROM release r" \
      " JOIN result x ON x.release=r.id JOIN plan_target pt ON pt.id=x.plan_target" \
      " JOIN target t ON t.id=pt.target" \
      " JOIN plan_row pr ON pr.plan_target=x.plan_target AND pr.position=x.position" \
      " WHERE r.environment=?1 AND r.number=?2 AND (?3 IS NULL OR t.cluster=?3)" \
      " ORDER BY t.cluster,x.position") \
    X(SQL_JOURNAL, READ, "", \
      "SELECT r.environment,r.number,t.cluster,j.stage,j.step,j.position,j.uid,j.opened_ms," \
      "j.closed_ms FROM release r JOIN journal j ON j.release=r.id" \
      " JOIN plan_target pt ON pt.id=j.plan_target JOIN target t ON t.id=pt.target" \
      " WHERE r.environment=?1 AND r.number=?2 AND (NOT ?3 OR j.closed_ms=0) ORDER BY j.id") \
    X(SQL_GIVEN, READ, "", \
      "SELECT t.environment,t.cluster,g.api_version,g.kind,g.name_space,g.name,g.uid," \
      "g.resource_version,g.body,g.number,g.set_ms,g.fieldset,l.bytes,l.size,l.packed,g.leaves," \
      "g.contract" \
      " FROM target t JOIN given g ON g.target=t.id LEFT JOIN blob l ON l.digest=g.leaves" \
      " WHERE (?1 IS NULL OR t.environment=?1) AND (?2 IS NULL OR t.cluster=?2)" \
      " ORDER BY t.id,g.kind,g.name_space,g.name,g.api_group") \
    X(SQL_GIVEN_ONE, READ, "", \
      "SELECT t.environment,t.cluster,g.api_version,g.kind,g.name_space,g.name,g.uid," \
      "g.resource_version,g.body,g.number,g.set_ms,g.fieldset,l.bytes,l.size,l.packed,g.leaves," \
      "g.contract" \
      " FROM target t JOIN given g ON g.target=t.id LEFT JOIN blob l ON l.digest=g.leaves" \
      " WHERE t.environment=?1 AND t.cluster=?2 AND g.api_group=?3 AND g.kind=?4" \
      " AND g.name_space=?5 AND g.name=?6") \
    X(SQL_EXCEPTIONS, READ, "", \
      "SELECT uuid,environment,cluster,api_version,kind,name_space,name,path,manager,match,matches," \
      "reason,who,created_ms,expires_ms,ended_ms FROM exception" \
      " WHERE (?1 IS NULL OR environment=?1) AND (?2 OR ended_ms=0) ORDER BY created_ms,uuid") \
    X(SQL_DRIFT, READ, "", \
      "SELECT d.id,t.environment,t.cluster,d.api_version,d.kind,d.name_space,d.name,d.path,d.what," \
      "d.after_ms,d.first_ms,d.last_ms,d.owner,d.verdict,d.reason,d.ended_ms FROM drift_span d" \
      " JOIN target t ON t.id=d.target WHERE (?1 IS NULL OR t.environment=?1)" \
      " AND (?2 OR d.ended_ms=0) ORDER BY d.id DESC") \
    X(SQL_LEASE, READ, "", "SELECT name,holder,boot,until_ms FROM lease WHERE name=?1") \
    X(SQL_AUDIT, READ, "", \
      "SELECT row,at_ms,who,action,subject,detail,chain FROM audit WHERE ?1 IS NULL OR subject=?1" \
      " ORDER BY row DESC LIMIT ?2") \
    X(SQL_AUDIT_CHAIN, READ, "", \
      "SELECT row,at_ms,who,action,subject,detail,chain FROM audit ORDER BY row") \
    X(SQL_MESSAGES, READ, "", \
      "SELECT id,first_ms,last_ms,level,area,message,count FROM message ORDER BY id DESC LIMIT ?1")
/* clang-format on */

#define STORE_SQL_TABLE(X) STORE_SQL_WRITES(X) STORE_SQL_READS(X)

enum store_sql {
#define X(name, rule, text, sql) name,
    STORE_SQL_TABLE(X)
#undef X
        STORE_SQL_COUNT
};

enum store_rule {
    STORE_RULE_PLAIN,
    STORE_RULE_MUST,
    STORE_RULE_VALUE,
    STORE_RULE_COUNT,
    STORE_RULE_REFUSE,
    STORE_RULE_BLOB,
    STORE_RULE_AUDIT,
    STORE_RULE_READ,
};

struct store_sql_entry {
    enum store_rule rule;
    const char *broken; /* text when the rule is broken */
    const char *sql;
};
extern const struct store_sql_entry store_sql_table[STORE_SQL_COUNT]; /* store_run.c */

#endif
