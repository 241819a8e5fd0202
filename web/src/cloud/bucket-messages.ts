import { catalogue } from '../i18n/catalogue.ts'

/** Texts of what a bucket's page can set. */
export const bucketMessages = catalogue({
  en: {
    create: 'New bucket',
    nameHint: 'Small letters, digits, dots and hyphens, 3 to 63 of them. It is made in {{region}}.',
    upload: 'Upload files',
    uploading: '{{name}}: {{percent}} %',
    uploadFailed: '{{name}}: {{reason}}',
    cutOff: 'the connection was cut',
    deleteText: '{{name}} is deleted. Only an empty bucket can be; its name becomes free.',
    deleteObjectText:
      'Delete {{name}} from {{bucket}}? Where versions are kept, it can be brought back.',
    settings: 'Settings',
    versioning: 'Keep every version',
    versioningText:
      'Overwriting or deleting in {{bucket}} keeps what was there before; it can be brought back.',
    versioningPaused: 'Paused: {{bucket}} keeps the versions it has, and overwrites from now on.',
    publicBlocked: 'Block public access',
    publicBlockedText:
      'While on, no policy and no ACL can open {{bucket}} to everybody, by mistake or on purpose.',
    tellsBus: 'Tell EventBridge',
    tellsBusText:
      'Each change in {{bucket}} becomes an event on the default bus, where rules can send it on.',
    expiry: 'Remove old objects',
    expiryText:
      'Nothing in {{bucket}} is removed by age. A lifecycle rule does that at midnight UTC.',
    expiryOn: 'What has been in {{bucket}} for {{days}} days is removed at midnight UTC.',
    expiryChange: 'Change expiry',
    expiryDays: 'Days after which objects go',
    expiryHint: '0 keeps them.',
    inventory: 'Daily inventory',
    inventoryText: 'A list of all objects of {{bucket}}, written as a file once a day.',
    inventoryOn: 'A list of all objects of {{bucket}} goes to {{target}} each midnight UTC.',
    inventoryChange: 'Change inventory',
    inventoryTarget: 'Bucket the list goes to',
    inventoryHint: 'Empty turns it off.',
    others_one: '{{count}} more was made elsewhere and stays.',
    others_other: '{{count}} more were made elsewhere and stay.',
  },
  ko: {
    create: '새 버킷',
    nameHint: '영문 소문자, 숫자, 점, 붙임표로 3~63자. {{region}}에 만듭니다.',
    upload: '파일 올리기',
    uploading: '{{name}}: {{percent}}%',
    uploadFailed: '{{name}}: {{reason}}',
    cutOff: '연결이 끊어졌습니다',
    deleteText:
      '{{name}} 버킷을 지웁니다. 비어 있는 버킷만 지울 수 있고, 이름은 다시 쓸 수 있습니다.',
    deleteObjectText:
      '{{bucket}}에서 {{name}}을(를) 지울까요? 버전을 보관하는 버킷이면 되돌릴 수 있습니다.',
    settings: '설정',
    versioning: '모든 버전 보관',
    versioningText: '{{bucket}}에서 덮어쓰거나 지워도 이전 것이 남아 있어 되돌릴 수 있습니다.',
    versioningPaused: '멈춤: {{bucket}}의 기존 버전은 남고, 이제부터는 덮어씁니다.',
    publicBlocked: '퍼블릭 액세스 차단',
    publicBlockedText:
      '켜져 있으면 실수로든 일부러든 어떤 정책이나 ACL도 {{bucket}}을 모두에게 열 수 없습니다.',
    tellsBus: 'EventBridge에 알리기',
    tellsBusText:
      '{{bucket}}의 변화마다 기본 버스에 이벤트가 생기고, 규칙이 이를 다른 곳으로 보낼 수 있습니다.',
    expiry: '오래된 객체 지우기',
    expiryText:
      '{{bucket}}에서는 오래됐다고 지워지는 것이 없습니다. 수명 주기 규칙이 UTC 자정에 그 일을 합니다.',
    expiryOn: '{{bucket}}에 {{days}}일 있던 객체는 UTC 자정에 지워집니다.',
    expiryChange: '만료 바꾸기',
    expiryDays: '객체가 지워지기까지의 일수',
    expiryHint: '0이면 지우지 않습니다.',
    inventory: '매일 인벤토리',
    inventoryText: '{{bucket}}의 모든 객체 목록을 하루에 한 번 파일로 씁니다.',
    inventoryOn: '{{bucket}}의 모든 객체 목록이 매일 UTC 자정에 {{target}}에 쌓입니다.',
    inventoryChange: '인벤토리 바꾸기',
    inventoryTarget: '목록을 받을 버킷',
    inventoryHint: '비우면 꺼집니다.',
    others_one: '다른 곳에서 만든 {{count}}개는 그대로 있습니다.',
    others_other: '다른 곳에서 만든 {{count}}개는 그대로 있습니다.',
  },
})
