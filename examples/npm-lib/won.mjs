const form = new Intl.NumberFormat('ko-KR')

/** `12,000원`; a price is a whole number of won. */
export function won(amount) {
  if (!Number.isInteger(amount)) throw new RangeError(`${amount} is no whole number of won`)
  return `${form.format(amount)}원`
}
