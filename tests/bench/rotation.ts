import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { comparePeers } from '../chaos/peers.ts'
import type { Part } from './figure.ts'

/** Lines lost over ten rotations of each kind, at 20,000 lines a second; see `npm run chaos`. Takes too long for a quick run. */
export const rotation: Part = async ({ quick }) => {
  if (quick) return []
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-rotation-'))
  try {
    const results = await comparePeers(dir)
    return results.map(({ rotation, reader, lost, written }) => ({
      ...{ group: `Rotation: ${rotation}, ${written.toLocaleString('en')} lines`, name: reader, value: lost, unit: 'lines lost' },
    }))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
