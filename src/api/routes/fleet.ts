import { z } from 'zod'
import { SipguardError } from '../../errors.ts'
import type { Control, FleetReport } from '../control.ts'
import type { App } from '../schema.ts'
import { fleetAnswer } from '../status-wire.ts'
import { fleetBanAnswer, fleetBanJson } from '../wire.ts'

export function fleetRoutes(app: App, control: Control): void {
  /** @throws SipguardError FLEET_NONE */
  function fleet(): FleetReport {
    const { fleet } = control.status()
    if (fleet !== null) return fleet
    throw new SipguardError('FLEET_NONE', 'this node shares nothing with others: a fleet is made by store: redis://… in the configuration')
  }

  app.get('/api/fleet', { schema: { response: { 200: fleetAnswer } } }, (_request, reply) => reply.send(fleet()))

  /** All bans that stand in the fleet, newest first. */
  app.get('/api/fleet/bans', { schema: { response: { 200: z.array(fleetBanAnswer) } } }, (_request, reply) => {
    const names = new Map(fleet().nodes.map(({ id, name }) => [id, name]))
    return reply.send(control.fleetBans().map((ban) => fleetBanJson(ban, names.get(ban.node) ?? null)))
  })
}
