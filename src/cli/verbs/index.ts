import type { Verb } from '../verb.ts'
import { alert } from './alert.ts'
import { allow } from './allow.ts'
import { audit } from './audit.ts'
import { ban } from './ban.ts'
import { bans } from './bans.ts'
import { check } from './check.ts'
import { classify } from './classify.ts'
import { completion } from './completion.ts'
import { doctor } from './doctor.ts'
import { emit } from './emit.ts'
import { events } from './events.ts'
import { filter } from './filter.ts'
import { importing } from './import.ts'
import { init } from './init.ts'
import { jail } from './jail.ts'
import { phones } from './phones.ts'
import { replay } from './replay.ts'
import { shadow } from './shadow.ts'
import { status } from './status.ts'
import { token } from './token.ts'
import { unban } from './unban.ts'
import { users } from './users.ts'
import { watch } from './watch.ts'
import { why } from './why.ts'
import { whyNot } from './why-not.ts'

/** All commands under what people want to do, in the order of `--help`: one file a command. */
export const VERBS: readonly (readonly [group: string, verbs: readonly Verb[]])[] = [
  ['Guard, and look at what is done:', [watch, status, bans, why, whyNot, ban, unban, allow]],
  ['Look at logs, and at what is recorded:', [replay, shadow, classify, events, users, phones]],
  ['Set up, and see that all is well:', [init, check, doctor, alert, importing, emit, filter, jail]],
  ['Administer:', [token, audit, completion]],
]
