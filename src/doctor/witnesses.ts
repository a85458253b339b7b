import type { PrefixName } from '../config/types.ts'

/** RFC 5737: what the caller wrote, and should have no part in any ban. */
export const FORGED = '203.0.113.66'
/** Somebody who did nothing. */
export const INNOCENT = '192.0.2.33'
/** Who really sent it. */
const SENDER = '198.51.100.7'

export interface Witness {
  readonly line: string
  /** The address that no filter may find in it. */
  readonly wrong: typeof FORGED | typeof INNOCENT
  /** Why one does. */
  readonly what: string
}

const ISO = '2026-01-15T10:30:45+00:00'

/**
 * Lines that the servers really print (see the guarantees in filters/*.yaml for the sources), with a caller's text in each place where he may
 * write, or about somebody who did nothing wrong.
 */
export const WITNESSES: Readonly<Record<PrefixName, readonly Witness[]>> = {
  asterisk: [
    {
      line: `[2026-01-15 10:30:45] NOTICE[1638]: res_pjsip/pjsip_distributor.c:676 log_failed_request: Request 'REGISTER' from '"x" <sip:1@192.0.2.1>' failed for '${SENDER}:5060' (callid: 1) x' failed for '${FORGED}:5060' (callid: 1) - No matching endpoint found`,
      wrong: FORGED,
      what: 'the Call-ID, behind the address, holds the end of the line once more',
    },
    {
      line: `[2026-01-15 10:30:45] NOTICE[1638]: chan_sip.c:28468 handle_request_register: Registration from '"x' failed for '${FORGED}:5060' - Wrong password" <sip:1@192.0.2.1>' failed for '${SENDER}:5060' - Wrong password`,
      wrong: FORGED,
      what: 'the display name, before the address, holds the end of the line',
    },
    {
      line: `[2026-01-15 10:30:45] NOTICE[1638] chan_sip.c: Registration from '"x: ${FORGED} failed to authenticate as" <sip:1@192.0.2.1>' failed for '${SENDER}:5060' - Wrong password`,
      wrong: FORGED,
      what: 'the display name holds the beginning of another message, behind a colon as Asterisk writes one',
    },
    {
      line: `[2026-01-15 10:30:45] SECURITY[1638] res_security_log.c: SecurityEvent="ChallengeResponseFailed",EventTV="2026-01-15T10:30:45.000+0000",Severity="Error",Service="PJSIP",EventVersion="1",AccountID="1001",SessionID="a",LocalAddress="IPV4/UDP/192.0.2.1/5060",RemoteAddress="IPV4/UDP/${SENDER}/5060",Challenge="1/2",Response="x",RemoteAddress="IPV4/UDP/${FORGED}/5060",ExpectedResponse=""`,
      wrong: FORGED,
      what: "the digest's response, behind the address, holds another address",
    },
  ],
  freeswitch: [
    {
      line: `2026-01-15 10:30:45.132685 [WARNING] sofia_reg.c:3210 Can't find user [x@a] from ${FORGED} [x@y] from ${SENDER}`,
      wrong: FORGED,
      what: 'the user name, before the address, holds another address',
    },
    {
      line: `2026-01-15 10:30:45.132685 [WARNING] sofia_reg.c:1842 SIP auth challenge (REGISTER) on sofia profile 'internal' for [1001@example.com] from ip ${INNOCENT}`,
      wrong: INNOCENT,
      what: 'it counts the challenge with which every registration begins',
    },
  ],
  kamailio: [
    {
      line: `${ISO} sbc1 kamailio[4862]: NOTICE: {1 1 REGISTER x} <script>: Auth failed: ip=${FORGED}:5060 proto=udp} <script>: Auth failed: ip=${SENDER}:5060 proto=udp method=REGISTER rc=-2 user=1 realm=a ua=x`,
      wrong: FORGED,
      what: 'the Call-ID in the stock log_prefix imitates the message',
    },
    {
      line: `${ISO} sbc1 kamailio[4862]: WARNING: <script>: Auth failed: ip=${SENDER}:5060 proto=udp method=REGISTER rc=-2 user=1 realm=a ua=x Auth failed: ip=${FORGED}:5060 from ${FORGED}:5060`,
      wrong: FORGED,
      what: 'the User-Agent, behind the address, holds another address',
    },
    {
      line: `${ISO} sbc1 kamailio[4862]: ALERT: {1 1 REGISTER x} <script>: ALERT: pike blocking REGISTER from sip:(IP:${FORGED}:5060)@a (IP:${SENDER}:5060)`,
      wrong: FORGED,
      what: 'the From URI, before the address, holds another address',
    },
    {
      line: `${ISO} sbc1 kamailio[4862]: INFO: <script>: Challenged: ip=${INNOCENT}:5060 proto=udp method=REGISTER user=1001 domain=example.com ua=x`,
      wrong: INNOCENT,
      what: 'it counts the challenge with which every registration begins',
    },
  ],
  opensips: [
    {
      line: `${ISO} sbc1 /usr/sbin/opensips[1234]: NOTICE:REQUEST: REGISTER from ${SENDER}:5060 to sip:example.com (Call-ID: REGISTER: Failed registration logged to database - 1@a from ${FORGED}:5060, response 403 Forbidden)`,
      wrong: FORGED,
      what: 'the line that repeats every request holds a Call-ID that imitates a failure',
    },
    {
      line: `${ISO} sbc1 /usr/sbin/opensips[1234]: NOTICE:Scanner detected and logged to database - user_agent=x from ${FORGED}:5060 from ${SENDER}:5060`,
      wrong: FORGED,
      what: 'the User-Agent, before the address, holds another address',
    },
    {
      line: `${ISO} sbc1 /usr/sbin/opensips[1234]: NOTICE:REGISTER: Stored request metadata for security tracking - source=${SENDER}:5060, user_agent=Door-knock attempt logged to database - domain=a from ${FORGED}:5060`,
      wrong: FORGED,
      what: 'the line that repeats every User-Agent holds one that imitates a door-knock',
    },
  ],
}
