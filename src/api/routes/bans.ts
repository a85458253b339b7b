import { z } from 'zod'
import { SipguardError } from '../../errors.ts'
import { banJson, NOT_BANNED } from '../../report.ts'
import { addressArgument, cidrArgument, durationArgument, JAIL_NAME, untilArgument } from '../arguments.ts'
import { audited, spanOf } from '../audit.ts'
import type { Control } from '../control.ts'
import { bansOn } from '../lookup.ts'
import { placedBanAnswer, placeJson } from '../records-wire.ts'
import { type App, comment, duration, shortText } from '../schema.ts'
import { bannedAnswer, decisionJson, liftedAnswer, liftedJson, skippedAnswer } from '../wire.ts'
import { entryDetail, entryOptions } from './allow.ts'

const newBan = z
  .strictObject({
    ip: shortText,
    for: duration.optional(),
    until: shortText.optional(),
    jail: z.string().regex(JAIL_NAME, 'expected the name of a jail').optional(),
    unless: z.literal('trusted').optional(),
  })
  .refine((ban) => ban.for === undefined || ban.until === undefined, 'expected for or until, not both')

const lifted = { 200: z.array(liftedAnswer) }
const target = z.object({ target: shortText })
const alsoAllow = z
  .strictObject({ allow: z.literal('true').optional(), for: duration.optional(), comment: comment.optional() })
  .refine(({ allow, ...entry }) => allow !== undefined || Object.keys(entry).length === 0, 'expected allow=true with for and comment')

export function bansRoutes(app: App, control: Control): void {
  /** Active bans, newest first, and where each address is; with `?ip=` those that cover this address. */
  const filters = z.strictObject({ ip: shortText.optional() })
  app.get('/api/bans', { schema: { querystring: filters, response: { 200: z.array(placedBanAnswer) } } }, (request, reply) => {
    const { ip } = request.query
    const bans = control.bans()
    const asked = ip === undefined ? bans : bansOn(bans, addressArgument(ip))
    return reply.send(asked.map((ban) => ({ ...banJson(ban), ...placeJson(control.placeOf(ban.ip)) })))
  })

  /**
   * 201 and the ban once the kernel has it; 200 and a skip when it was banned already, or is trusted and was not to be banned then; 409 when
   * this address is not to be banned.
   */
  const ban = audited<{ body: z.output<typeof newBan> }>(({ body: { ip, jail, for: length, until } }) => {
    const detail = [jail && `jail ${jail}`, length !== undefined && spanOf(length), until && `until ${until}`].filter(Boolean).join(', ')
    return { action: 'ban', target: ip, detail: detail || null }
  })
  app.post(
    '/api/bans',
    { schema: { body: newBan, response: { 201: bannedAnswer, 200: skippedAnswer } }, config: ban },
    async (request, reply) => {
      const { ip, jail, for: length, until, unless } = request.body
      const decision = await control.ban(addressArgument(ip), {
        ...(jail !== undefined && { jail }),
        ...(length !== undefined && { forMs: durationArgument(length) }),
        ...(until !== undefined && { untilMs: untilArgument(until, Date.now()) }),
        ...(unless !== undefined && { unlessTrusted: true }),
      })
      if (decision.type === 'skip' && decision.why !== 'already-banned' && unless === undefined) {
        throw new SipguardError('DAEMON_REFUSED', `${decision.ip} is not banned: ${NOT_BANNED[decision.why]}`)
      }
      return reply.code(decision.type === 'ban' ? 201 : 200).send(decisionJson(decision))
    },
  )

  /**
   * The bans that ended, and what each did; `[]` when there was none (its counters are cleared all the same). With `?allow=true` it enters the
   * allow list before, so that nothing on its way bans it again.
   */
  const unban = audited<{ params: z.output<typeof target>; query: z.output<typeof alsoAllow> }>(
    ({ params, query: { allow, ...entry } }) => {
      const detail = allow === undefined ? null : ['allowed', entryDetail(entry)].filter(Boolean).join(' ')
      return { action: 'unban', target: params.target, detail }
    },
  )
  const unbanning = { params: target, querystring: alsoAllow, response: lifted }
  app.delete('/api/bans/:target', { schema: unbanning, config: unban }, async (request, reply) => {
    const { allow, ...entry } = request.query
    const cidr = cidrArgument(request.params.target)
    return reply.send((await control.unban(cidr, allow === undefined ? undefined : entryOptions(entry))).map(liftedJson))
  })

  /** Everything at once has to be asked for in so many words. */
  const all = {
    querystring: z.strictObject({ all: z.literal('true').optional() }),
    body: z.strictObject({ all: z.literal(true) }).nullish(),
    response: lifted,
  }
  const unbanAll = audited(() => ({ action: 'unban-all', target: null, detail: null }))
  app.delete('/api/bans', { schema: all, config: unbanAll }, async (request, reply) => {
    if (request.query.all === undefined && !request.body) {
      throw new SipguardError('USAGE', 'expected /api/bans/ADDRESS, or ?all=true to lift every ban')
    }
    return reply.send((await control.unbanAll()).map(liftedJson))
  })
}
