/** A catalogue holds every text of one capability in both languages, with the same keys. */
export interface Catalogue<Texts> {
  en: Texts
  ko: { [K in keyof Texts]: Texts[K] extends string ? string : Texts[K] }
}

/** Declares a catalogue; a key missing in one language doesn't compile. Plurals: `x_one` and `x_other`. */
export function catalogue<const Texts extends Record<string, string>>(
  texts: Catalogue<Texts>,
): Catalogue<Texts> {
  return texts
}
