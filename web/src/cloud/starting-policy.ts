/** What a new policy's form begins with: one thing of one bucket, to be changed. */
export const startingPolicy = JSON.stringify(
  {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::my-bucket/*' },
    ],
  },
  null,
  2,
)
