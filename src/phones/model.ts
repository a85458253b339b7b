/** Vendor, model and firmware, as a User-Agent names them. */

export interface Model {
  readonly vendor: string
  readonly model: string | null
  readonly firmware: string | null
  /** Its maker sells devices, which carry a MAC of his; else it is a program that runs on anything. */
  readonly device: boolean
}

/** A User-Agent of this form is from this vendor; groups `model` and `firmware`. The first that fits holds. */
const FORMS: readonly (readonly [vendor: string, form: RegExp])[] = [
  ['Yealink', /^(?:Yealink )(?:SIP[- ])?(?<model>[\w-]+)(?: (?<firmware>[\d.]+))?/i],
  ['Grandstream', /^Grandstream (?<model>[\w-]+)(?:[ /]V?(?<firmware>[\d.]+))?/i],
  ['Poly', /^Poly(?:com)?\w*-(?<model>\w+?)-UA(?:\/(?<firmware>[\d.]+))?/i],
  ['Poly', /^Polycom\/[\d.]+ Polycom\w*-(?<model>\w+?)-UA(?:\/(?<firmware>[\d.]+))?/i],
  ['Snom', /^snom[ -]?(?<model>[A-Z]?\d+\w*|PA1|M\d+\w*)(?:[/ -](?<firmware>\d[\d.]*))?/i],
  ['Cisco', /^(?:Cisco|Linksys|Sipura)[/-](?<model>CP-?[\w-]+|SPA\w+|PAP\w+|WRP\w+|ATA\w+)(?:[/-](?<firmware>\d[\w.()-]*))?/i],
  ['Fanvil', /^Fanvil (?<model>[\w-]+)(?: (?<firmware>[\d.]+))?/i],
  ['Gigaset', /^(?:Gigaset )?(?<model>(?:[NCSA]X?\d{3,4}[A-Z]*|DE\d{3}|Maxwell ?\w*)(?: IP)?(?: PRO)?)[/ ](?<firmware>\d[\d.]+)/i],
  ['AVM', /^(?:AVM )?(?<model>FRITZ!(?:Box|Fon|OS)[^/]*?)(?: (?<firmware>\d+\.\d[\d.-]*).*)?$/i],
  ['Panasonic', /^Panasonic[-_ ]?(?<model>KX-\w+)\s*(?:\/\s*(?<firmware>\d[\d.]*))?/i],
  ['Mitel', /^(?:Mitel|Aastra)[- ](?<model>[\w-]+)(?:[/ ](?<firmware>\d[\d.]*))?/i],
  ['Htek', /^Htek (?<model>[\w-]+)(?: V?(?<firmware>[\d.]+))?/i],
  ['Sangoma', /^(?:Sangoma|Digium) (?<model>[\w-]+)(?: V?(?<firmware>[\d._]+))?/i],
  ['Zoiper', /^Zoiper(?: for)?(?: (?<model>(?!r?v\d)[A-Za-z]\w*))?(?: (?:rv|v)?(?<firmware>\d[\d.]*))?/i],
  ['Zoiper', /^Z (?:\d[\d.]* )?rv(?<firmware>\d[\d.]*)/],
  ['Linphone', /^Linphone-?(?<model>Desktop|Android|iOS|iPhone)?(?:[/ ](?<firmware>\d[\w.-]*))?/i],
  ['MicroSIP', /^MicroSIP(?:\/(?<firmware>\d[\w.]*))?/i],
  ['Bria', /^Bria(?: (?<model>(?!release)[A-Za-z]\w*|\d))?(?: release (?<firmware>\d[\w.]*))?/i],
  ['CounterPath', /^(?<model>X-Lite|eyeBeam)(?: release (?<firmware>\d[\w.]*))?/i],
  ['PortSIP', /^PortSIP(?: (?<model>[A-Za-z][\w]*(?: Softphone)?))?.*?(?:(?:[/ ]v?)(?<firmware>\d[\w.]*))?$/i],
  ['baresip', /^baresip (?:v?(?<firmware>\d[\w.]*))?/i],
  ['Jitsi', /^Jitsi(?<firmware>\d[\d.]*)?/i],
  ['3CX', /^3CX(?<model>Phone)?(?:\D+)?(?<firmware>\d[\d.]*)?/i],
  ['Asterisk', /^Asterisk PBX(?: (?<firmware>\S+))?/i],
  ['FreeSWITCH', /^FreeSWITCH[\w-]*(?:\/(?<firmware>\d[\d.]*))?/i],
]

/** Makers of devices, and how the registry of MACs names them. */
const MAKERS: Readonly<Record<string, RegExp>> = {
  Yealink: /yealink/i,
  Grandstream: /grandstream/i,
  Poly: /^poly(?:com)?\b/i,
  Snom: /^snom/i,
  Cisco: /cisco|linksys|sipura/i,
  Fanvil: /^fanvil/i,
  Gigaset: /^gigaset|^siemens home/i,
  AVM: /^avm (?:gmbh|audiovisuelles)/i,
  Panasonic: /^panasonic/i,
  Mitel: /^(?:mitel|aastra)\b/i,
  Htek: /^hanlong|^htek/i,
  Sangoma: /^(?:sangoma|digium)/i,
}

/** A header is as long as its sender likes; what a phone says of itself is not. */
const LONGEST = 255

/** Null where it is not known whose it is. */
export function modelOf(userAgent: string | null): Model | null {
  const text = userAgent?.slice(0, LONGEST) ?? ''
  for (const [vendor, form] of FORMS) {
    const groups = form.exec(text)?.groups
    if (groups === undefined) continue
    return { vendor, model: groups.model?.replaceAll('_', ' ') ?? null, firmware: groups.firmware ?? null, device: vendor in MAKERS }
  }
  return null
}

/** The maker of SIP devices whom the registry of MACs names so; null for any other company. */
export function makerOf(registered: string): string | null {
  for (const [maker, name] of Object.entries(MAKERS)) if (name.test(registered)) return maker
  return null
}

const SCANNER =
  /friendly-?(?:scanner|request)|sip-?vicious|sip-?scan|sip-?cli\b|sipsak|sundayddr|\biwar\b|vaxsip|pplsip|\bsmap\b|sv(?:map|war|crack)|sipptk|sip-?bomb|nm@?nmap|nmap|\bzgrab|masscan/i

/** Whether it is the name of a program that looks for servers and guesses passwords. */
export function isScanner(userAgent: string | null): boolean {
  return userAgent !== null && SCANNER.test(userAgent)
}
