import type { Check } from '../probe.ts'
import { asteriskSecurityLog } from './asterisk-security-log.ts'
import { clock } from './clock.ts'
import { daemon } from './daemon.ts'
import { fail2banFooled } from './fail2ban-fooled.ts'
import { fail2banSame } from './fail2ban-same.ts'
import { filterMatches } from './filter-matches.ts'
import { firewallCompany } from './firewall-company.ts'
import { firewallOrder } from './firewall-order.ts'
import { floodEventAddress } from './flood-event-address.ts'
import { freeswitchAuthLog } from './freeswitch-auth-log.ts'
import { logAddress } from './log-address.ts'
import { logPrefix } from './log-prefix.ts'
import { logReadable } from './log-readable.ts'
import { logTime } from './log-time.ts'
import { pikeUnused } from './pike-unused.ts'
import { redisEviction } from './redis-eviction.ts'
import { stateDisk } from './state-disk.ts'

/** Every check, in the order in which they are told: one file and one line for each. */
export const CHECKS: readonly Check[] = [
  daemon,
  logPrefix,
  pikeUnused,
  floodEventAddress,
  asteriskSecurityLog,
  freeswitchAuthLog,
  logReadable,
  filterMatches,
  logAddress,
  logTime,
  clock,
  firewallOrder,
  firewallCompany,
  fail2banSame,
  fail2banFooled,
  redisEviction,
  stateDisk,
]
