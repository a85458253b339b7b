import { z } from 'zod'
import { SipguardError } from '../../errors.ts'
import { banJson } from '../../report.ts'
import type { SkipReason } from '../../types.ts'
import { addressArgument, cidrArgument, durationArgument } from '../arguments.ts'
import { audited, spanOf } from '../audit.ts'
import type { Control } from '../control.ts'
import { bansOn } from '../lookup.ts'
import { type App, duration, shortText } from '../schema.ts'
import { banAnswer, bannedAnswer, decisionJson, liftedAnswer, liftedJson, skippedAnswer } from '../wire.ts'

const newBan = z.strictObject({
  ip: shortText,
  for: duration.optional(),
  jail: z
    .string()
    .regex(/^[\p{L}\p{N}_.:-]{1,100}$/u, 'expected the name of a jail')
    .optional(),
})

const lifted = { 200: z.array(liftedAnswer) }
const target = z.object({ target: shortText })

/** Why a ban that was asked for did not come about. */
const REFUSED: Readonly<Record<SkipReason, string>> = {
  self: 'it is an address of this host or fleet',
  allowed: 'it is in the allow list or in ignoreip',
  peer: 'it is a peer',
  phone: 'a registered phone is behind it',
  'already-banned': 'it is banned already',
  'too-old': 'the ban would be over by now',
  'alert-only': 'the jail only alerts',
}

export function bansRoutes(app: App, control: Control): void {
  /** Active bans, newest first; with `?ip=` those that cover this address. */
  const filters = z.strictObject({ ip: shortText.optional() })
  app.get('/api/bans', { schema: { querystring: filters, response: { 200: z.array(banAnswer) } } }, (request, reply) => {
    const { ip } = request.query
    const bans = control.bans()
    return reply.send((ip === undefined ? bans : bansOn(bans, addressArgument(ip))).map(banJson))
  })

  /** 201 and the ban once the kernel has it; 200 and a skip when it was banned already; 409 when this address is not to be banned. */
  const ban = audited<{ body: z.output<typeof newBan> }>(({ body: { ip, jail, for: length } }) => {
    const detail = [jail && `jail ${jail}`, length !== undefined && spanOf(length)].filter(Boolean).join(', ')
    return { action: 'ban', target: ip, detail: detail || null }
  })
  app.post(
    '/api/bans',
    { schema: { body: newBan, response: { 201: bannedAnswer, 200: skippedAnswer } }, config: ban },
    async (request, reply) => {
      const { ip, jail, for: length } = request.body
      const decision = await control.ban(addressArgument(ip), {
        ...(jail !== undefined && { jail }),
        ...(length !== undefined && { forMs: durationArgument(length) }),
      })
      if (decision.type === 'skip' && decision.why !== 'already-banned') {
        throw new SipguardError('DAEMON_REFUSED', `${decision.ip} is not banned: ${REFUSED[decision.why]}`)
      }
      return reply.code(decision.type === 'ban' ? 201 : 200).send(decisionJson(decision))
    },
  )

  /** The bans that ended, and what each did; `[]` when there was none (its counters are cleared all the same). */
  const unban = audited<{ params: z.output<typeof target> }>(({ params }) => {
    return { action: 'unban', target: params.target, detail: null }
  })
  app.delete('/api/bans/:target', { schema: { params: target, response: lifted }, config: unban }, async (request, reply) => {
    return reply.send((await control.unban(cidrArgument(request.params.target))).map(liftedJson))
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
