/** Whether this is a name of the IANA time zone database (or UTC) that this Node knows. */
export function isTimeZone(zone: string): boolean {
  // The first question to Intl loads its data, which takes some 25 ms.
  if (zone === 'UTC') return true
  try {
    // An offset such as +02:00 is taken by Intl too, but it is no zone: it knows no summer time.
    return /^[A-Za-z]/.test(zone) && new Intl.DateTimeFormat('en', { timeZone: zone }) !== null
  } catch {
    return false
  }
}

/** Without Intl's data; from Node 26 on. */
const { Temporal } = globalThis as { readonly Temporal?: { readonly Now: { timeZoneId(): string } } }

/** The machine's own; UTC where it has none that is known. */
export function machineTimeZone(): string {
  const zone: string | undefined = Temporal?.Now.timeZoneId() ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  return zone && isTimeZone(zone) ? zone : 'UTC'
}
