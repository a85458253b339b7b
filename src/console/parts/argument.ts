import { parseCidr } from '../../address.ts'
import { addressArgument, cidrArgument, durationArgument } from '../../api/arguments.ts'
import { SipguardError } from '../../errors.ts'
import { figure } from '../words.ts'

/** What a person types, judged while it is typed by the daemon's own rules. */
export type Checked = { readonly value: string; readonly note: string } | { readonly fault: string }

/** An address or a network, as it will be written, and how much it holds. */
export function checkCidr(text: string): Checked {
  const typed = text.trim()
  return checked(() => {
    const value = cidrArgument(typed)
    const as = value === typed ? '' : `Will be written as ${value}. `
    return { value, note: `${as}${holds(value)}` }
  }, closer(typed))
}

/** One host's address. */
export function checkAddress(text: string): Checked {
  return checked(() => ({ value: addressArgument(text.trim()), note: '' }), null)
}

export function checkDuration(text: string): Checked {
  return checked(() => {
    durationArgument(text)
    return { value: text.trim(), note: '' }
  }, null)
}

/** What there is to say of an unfinished or wrong text; nothing of an empty one, for it was not typed yet. */
export function faultOf(text: string, result: Checked): string | null {
  return text.trim() !== '' && 'fault' in result ? result.fault : null
}

function checked(check: () => Checked, better: string | null): Checked {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof SipguardError)) throw error
    return { fault: better ?? error.message }
  }
}

function holds(cidr: string): string {
  const { bits, family } = parseCidr(cidr) as NonNullable<ReturnType<typeof parseCidr>>
  if (family === 'ipv4') return bits === 32 ? 'One address.' : `${figure(2 ** (32 - bits))} addresses.`
  if (bits === 128) return 'One address.'
  return bits === 64
    ? 'One network of IPv6, a /64.'
    : bits < 64
      ? `${figure(2 ** (64 - bits))} networks of IPv6 (/64).`
      : 'Part of one /64.'
}

/** What exactly is wrong with a network, where more can be said than the rule. */
function closer(text: string): string | null {
  const [address = '', bits, more] = text.split('/')
  if (/[a-z]/i.test(address) && !address.includes(':')) return `'${text.slice(0, 80)}' is a name; expected an address, for names may change`
  if (bits === undefined || more !== undefined || parseCidr(address) === null) return null
  const most = address.includes(':') ? 128 : 32
  return /^\d+$/.test(bits) && Number(bits) <= most
    ? null
    : `expected a prefix length of 0 to ${most} after '/', got '${bits.slice(0, 20)}'`
}
