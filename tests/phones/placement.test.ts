import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FormerPhone, Phone, Registered } from '../../src/phone.ts'
import { contactKeyOf, contactUriOf } from '../../src/phones/contact.ts'
import { isAnotherMake, place } from '../../src/phones/placement.ts'

/** The cases A to K stand in tests/records/phone-cases.ts; here is what they leave open. */

const registered = (fields: Partial<Registered> = {}): Registered => ({
  mac: null,
  extension: '1001',
  ip: '192.0.2.7',
  userAgent: 'snomD735/10.1.42.14',
  contactUri: 'sip:1001@10.0.0.5:5060',
  contactKey: '1001:5060',
  expires: 3600,
  atMs: 1000,
  ...fields,
})

const phone = (fields: Partial<Phone> = {}): Phone => {
  const { atMs, ...shown } = registered()
  return { ...shown, id: 1, firstRegisteredMs: atMs - 500, lastRegisteredMs: atMs - 100, ...fields }
}

const M1 = '001565000001'
const NO_CONTACT = { contactUri: null, contactKey: '' }

/** The id of the row that it belongs to, and what of it changes; `new` for none. */
function answer(one: Registered, phones: readonly Phone[], formers: readonly FormerPhone[] = []) {
  const placement = place(one, phones, formers)
  return placement.type === 'insert' ? 'new' : [placement.from.id, placement.changed, placement.absorbed?.id ?? null]
}

describe('a registration without MAC', () => {
  test('belongs to the phone with MAC of the same contact', () => {
    expect(answer(registered(), [phone({ id: 1, mac: M1, contactKey: '1001:5062' }), phone({ id: 2, mac: '001565000002' })])).toEqual([
      2,
      false,
      null,
    ])
  })

  test('and without contact belongs to the only phone there, else to the only one without MAC, else to none', () => {
    const named = phone({ id: 1, mac: M1 })
    const nameless = phone({ id: 2 })
    expect(answer(registered(NO_CONTACT), [named])).toEqual([1, false, null])
    expect(answer(registered(NO_CONTACT), [named, nameless])).toEqual([2, false, null])
    expect(answer(registered(NO_CONTACT), [named, phone({ id: 3, mac: '001565000003' })])).toBe('new')
  })

  test('and with another contact belongs to the only phone with MAC there if that has the same user agent', () => {
    const named = phone({ mac: M1 })
    expect(answer(registered({ contactKey: '1001:61000' }), [named])).toEqual([1, false, null])
    expect(answer(registered({ contactKey: '1001:61000', userAgent: 'baresip v1.1.0' }), [named])).toBe('new')
  })

  test('takes a row whose contact was not known', () => {
    expect(answer(registered(), [phone(NO_CONTACT)])).toEqual([1, false, null])
  })

  test.each([
    ['10.0.0.5', [1, true, null]],
    ['172.31.0.5', [1, true, null]],
    ['192.168.3.5', [1, true, null]],
    ['fd00::5', [1, true, null]],
    ['100.64.0.5', 'new'],
    ['172.32.0.5', 'new'],
    ['2001:db8::5', 'new'],
  ])('from %s and another extension: %j', (ip, expected) => {
    const before = phone({ ip, extension: '1002', contactUri: 'sip:1002@x', contactKey: '1002:5060' })
    expect(answer(registered({ ip }), [before])).toEqual(expected)
  })

  test('is no move of a device of another make, or of one among several', () => {
    const ip = '10.0.0.5'
    const before = phone({ ip, extension: '1002', contactUri: 'sip:1002@x' })
    expect(answer(registered({ ip, userAgent: 'Yealink SIP-T46S 66.85.0.5' }), [before])).toBe('new')
    expect(answer(registered({ ip }), [before, phone({ ...before, id: 2, extension: '1003' })])).toBe('new')
  })
})

describe('a registration with MAC', () => {
  test('does not take the row of a device of another make', () => {
    const other = phone({ userAgent: 'Yealink SIP-T46S 66.85.0.5', contactKey: '1001:5062' })
    expect(answer(registered({ mac: M1 }), [other])).toBe('new')
    expect(answer(registered({ mac: M1, ip: '192.0.2.7' }), [phone({ id: 2, mac: M1, ip: '192.0.2.8' }), other])).toEqual([2, true, null])
  })

  test('moves to another extension and takes up what it was there without MAC', () => {
    expect(answer(registered({ mac: M1 }), [phone({ id: 1, mac: M1, extension: '1002' }), phone({ id: 2 })])).toEqual([1, true, 2])
  })

  test('that stays where it is takes up nobody', () => {
    expect(answer(registered({ mac: M1 }), [phone({ id: 1, mac: M1 }), phone({ id: 2 })])).toEqual([1, false, null])
  })
})

describe('a late registration', () => {
  const late = { atMs: 100 }

  test('sets back when the phone was first registered, and fills in what is not known', () => {
    const placement = place(registered({ ...late, mac: M1 }), [phone({ userAgent: null })], [])
    expect(placement).toMatchObject({
      changed: true,
      to: { mac: M1, userAgent: 'snomD735/10.1.42.14', firstRegisteredMs: 100, lastRegisteredMs: 900 },
    })
  })

  test('of a phone that has left that place since is no other phone', () => {
    const moved = phone({ mac: M1, ip: '192.0.2.8' })
    const former = { phoneId: 1, atMs: 800, mac: null, extension: '1001', userAgent: null, ip: '192.0.2.7' }
    expect(answer(registered(late), [moved], [former])).toEqual([1, false, null])
    expect(answer(registered({ ...late, mac: '001565000002' }), [moved], [former])).toBe('new')
    expect(answer(registered({ atMs: 850 }), [moved], [former])).toBe('new')
  })
})

test('two user agents in turn at one contact are history once', () => {
  const other = 'Yealink SIP-T46S 66.85.0.5'
  const former = { phoneId: 1, atMs: 800, mac: null, extension: '1001', userAgent: other, ip: '192.0.2.7' }
  expect(answer(registered({ userAgent: other }), [phone()])).toEqual([1, true, null])
  expect(answer(registered({ userAgent: other }), [phone()], [former])).toEqual([1, false, null])
})

test('makes differ where vendor or model does, not where the firmware does', () => {
  expect(isAnotherMake('snomD735/10.1.42.14', 'snomD735/10.1.50.1')).toBe(false)
  expect(isAnotherMake('snomD735/10.1.42.14', 'snomD785/10.1.42.14')).toBe(true)
  expect(isAnotherMake('one', 'another')).toBe(true)
  expect(isAnotherMake(null, 'another')).toBe(false)
})

describe('a contact', () => {
  test.each([
    ['sip:1001@192.0.2.7:5062', 'sip:1001@192.0.2.7:5062', '1001:5062'],
    ['"A, <b>" <sip:1001@192.0.2.7;transport=tcp>;expires=60', 'sip:1001@192.0.2.7', '1001:5060'],
    ['<sips:1001@[2001:db8::1]>', 'sips:1001@[2001:db8::1]', '1001:5061'],
    ['<SIP:1001:secret@[2001:db8::1]:5070?x=y>', 'SIP:1001:secret@[2001:db8::1]:5070', '1001:5070'],
    ['<sip:192.0.2.7>', 'sip:192.0.2.7', ':5060'],
    ['*', null, ''],
    ['<tel:+1>', null, ''],
    [null, null, ''],
  ])('%s is %s, told apart by %j', (contact, uri, key) => {
    expect(contactUriOf(contact)).toBe(uri)
    expect(contactKeyOf(uri)).toBe(key)
  })

  test('may be any text', () => {
    fc.assert(fc.property(fc.string(), (text) => contactKeyOf(contactUriOf(`<sip:${text}`)).length < 220))
  })
})
