import { describe, expect, test } from 'vitest'
import { phoneJson } from '../../src/api/records-wire.ts'
import { firmwareByModel, phoneWords, spellMac } from '../../src/console/parts/phone-list.ts'
import { aPhone } from '../api/records-samples.ts'

const runs = (vendor: string | null, model: string | null, firmware: string | null) => ({ vendor, model, firmware })

describe('the list of phones', () => {
  test('spells a MAC as it stands on the phone', () => {
    expect(spellMac('001565123456')).toBe('00:15:65:12:34:56')
  })

  test('finds a phone by its MAC in any spelling, by what it is and by how it is', () => {
    const words = phoneWords(phoneJson(aPhone({}, { stale: true })))
    for (const word of ['001565123456', '00:15:65:12:34:56', '00-15-65-12-34-56', '0015.6512.3456']) expect(words).toContain(word)
    for (const word of ['1001', '192.0.2.7', 'Yealink', 'registered', 'stale', 'DE']) expect(words).toContain(word)
    expect(words).not.toContain('flapping')
  })

  test('finds phones that have shown no MAC', () => {
    expect(phoneWords(phoneJson(aPhone({ mac: null })))).toContain('no mac')
  })
})

describe('the firmware of the phones', () => {
  test('is counted by model, the most frequent first', () => {
    const phones = [runs('Yealink', 'T46S', '1.0'), runs('Yealink', 'T46S', '2.0'), runs('Yealink', 'T46S', '2.0')]
    expect(firmwareByModel(phones)).toEqual([
      {
        vendor: 'Yealink',
        model: 'T46S',
        phones: 3,
        firmwares: [
          { firmware: '2.0', phones: 2 },
          { firmware: '1.0', phones: 1 },
        ],
      },
    ])
  })

  test('names models that run more than one first', () => {
    const phones = [runs('Snom', 'D735', '10'), runs('Yealink', 'T46S', '1.0'), runs('Yealink', 'T46S', '2.0')]
    expect(firmwareByModel(phones).map(({ model }) => model)).toEqual(['T46S', 'D735'])
  })

  test('leaves out phones that do not say', () => {
    expect(firmwareByModel([runs('Yealink', null, null), runs(null, 'X', null)])).toEqual([])
  })
})
