// Makes the replica set and one account per service, which sees its own database only. Runs at every start
// and changes nothing that stands; a changed password is taken over.
const password = encodeURIComponent(process.env.MONGO_PASSWORD_ROOT);
const admin = new Mongo(`mongodb://root:${password}@mongo:27017/admin?directConnection=true`).getDB("admin");

try {
  admin.runCommand({ replSetGetStatus: 1 });
} catch (error) {
  if (error.codeName !== "NotYetInitialized") throw error;
  admin.runCommand({ replSetInitiate: { _id: "kaoshen", members: [{ _id: 0, host: "mongo:27017" }] } });
}
while (!admin.runCommand({ hello: 1 }).isWritablePrimary) sleep(200);

for (const service of ["auth", "uploads", "review", "notify"]) {
  const account = {
    pwd: process.env[`MONGO_PASSWORD_${service.toUpperCase()}`],
    roles: [{ role: "readWrite", db: `kaoshen_${service}` }],
  };
  if (!account.pwd) throw new Error(`no password for ${service}`);
  if (admin.getUser(service) === null) admin.createUser({ user: service, ...account });
  else admin.updateUser(service, account);
}
print("accounts stand");
