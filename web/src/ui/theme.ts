import { createTheme, type MantineColorsTuple } from '@mantine/core'

// Celadon, ink and hanji paper: the colours of a tiled yard. One accent; red is kept for what needs a person.
const celadon: MantineColorsTuple = [
  '#eaf6f2',
  '#d7ebe4',
  '#aed7ca',
  '#82c2ae',
  '#5eb097',
  '#47a588',
  '#389f80',
  '#288a6d',
  '#1f6f5f',
  '#0c5a4a',
]
const ink: MantineColorsTuple = [
  '#f6f6f4',
  '#e9e8e4',
  '#d2d1cb',
  '#b3b1a9',
  '#8f8d85',
  '#6e6c66',
  '#55534e',
  '#3d3c38',
  '#282724',
  '#191816',
]
const dark: MantineColorsTuple = [
  '#d6d8d5',
  '#b4b8b4',
  '#8d938e',
  '#666d68',
  '#454c48',
  '#323835',
  '#262b29',
  '#1c201f',
  '#151817',
  '#0e100f',
]

export const theme = createTheme({
  colors: { celadon, ink, dark },
  primaryColor: 'celadon',
  primaryShade: { light: 8, dark: 5 },
  autoContrast: true,
  fontFamily:
    '"Pretendard Variable", Pretendard, -apple-system, BlinkMacSystemFont, "Apple SD Gothic Neo", "Noto Sans KR", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "JetBrains Mono", Menlo, Consolas, "D2Coding", monospace',
  defaultRadius: 'md',
  cursorType: 'pointer',
  headings: { fontWeight: '650' },
  respectReducedMotion: true,
})
