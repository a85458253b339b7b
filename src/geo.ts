import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { type AsnResponse, type CountryResponse, Reader, type Response } from 'mmdb-lib'

/** Where addresses are, by files in MaxMind's format (https://maxmind.github.io/MaxMind-DB/), as GeoLite2 and DB-IP give them away. */

export interface GeoPlace {
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null
  readonly asn: { readonly number: number; readonly name: string | null } | null
}

export type GeoLookup = (ip: string) => GeoPlace

/** How often it is looked whether a file has changed. */
const LOOK_MS = 60_000

/**
 * A look-up that never throws: what a file does not say, or a file that is not there or broken, is null. A file that has changed is
 * read again; a new one that is broken leaves the old one in force. `notice` is told of each trouble once.
 */
export function createGeo(
  files: { readonly country: string | null; readonly asn: string | null },
  { notice, now = Date.now }: { readonly notice: (message: string) => void; readonly now?: () => number },
): GeoLookup {
  const countries = follow<CountryResponse>(files.country, notice, now)
  const networks = follow<AsnResponse>(files.asn, notice, now)
  return (ip) => {
    const network = networks(ip)
    const number = network?.autonomous_system_number
    return {
      country: countries(ip)?.country?.iso_code ?? null,
      asn: typeof number === 'number' ? { number, name: network?.autonomous_system_organization ?? null } : null,
    }
  }
}

function follow<T extends Response>(path: string | null, notice: (message: string) => void, now: () => number): (ip: string) => T | null {
  if (path === null) return () => null
  let reader: Reader<T> | undefined
  let version = ''
  let lookedMs = Number.NEGATIVE_INFINITY
  let said = ''
  const trouble = (error: unknown) => {
    const message = `${path}: ${error instanceof Error ? error.message : String(error)}`
    if (message !== said) notice(message)
    said = message
  }
  const look = () => {
    try {
      const { mtimeMs, size, ino } = statSync(path)
      const found = `${ino} ${size} ${mtimeMs}`
      if (found === version) return
      version = found
      reader = new Reader<T>(readFileSync(path))
      said = ''
    } catch (error) {
      trouble(error)
    }
  }
  return (ip) => {
    const nowMs = now()
    if (Math.abs(nowMs - lookedMs) >= LOOK_MS) {
      lookedMs = nowMs
      look()
    }
    try {
      return isIP(ip) === 0 ? null : (reader?.get(ip) ?? null)
    } catch (error) {
      trouble(error)
      return null
    }
  }
}
