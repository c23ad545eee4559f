use crate::house::{House, held};
use serde_json::{Value, json};

fn names(backups: &Value) -> Vec<String> {
    let backups = backups["backups"].as_array().unwrap();
    backups.iter().map(|backup| backup["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_backup_is_taken_listed_and_told_of() {
    let house = House::new().await;
    assert_eq!(house.http.get("/api/v1/system/backups").await.ok()["backups"], json!([]));
    house.say("keep this").await;
    let head = house.head();
    let backup = house.http.request("POST", "/api/v1/system/backup").send().await.ok()["backup"].clone();
    assert_eq!((&backup["head"], &backup["events"]), (&json!(head), &json!(head)));
    let name = backup["name"].as_str().unwrap();
    assert!(name.starts_with("daena-") && name.ends_with("Z.db"), "{name}");
    let file = house.chat.store().path().with_file_name("backups").join(name);
    let meta = std::fs::metadata(&file).unwrap();
    assert_eq!(backup["bytes"], meta.len());
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "nothing beside it");
    let listed = house.http.get("/api/v1/system/backups").await.ok();
    assert_eq!(listed["backups"][0], backup);
    let told = house.http.get("/api/v1/audit/logs?action=system.backup").await.ok();
    assert_eq!(told["logs"][0]["payload"], backup);
    assert_eq!(told["logs"][0]["entity_id"], *name);
    house.end().await;
}

#[tokio::test]
async fn ten_backups_are_kept_and_other_files_left_alone() {
    let house = House::new().await;
    let folder = house.chat.store().path().with_file_name("backups");
    std::fs::create_dir(&folder).unwrap();
    for other in ["notes.txt", "daena-old.db", "daena-20260101T000000Z.db.part"] {
        std::fs::write(folder.join(other), "x").unwrap();
    }
    std::fs::write(folder.join("daena-20200101T000000Z.db"), "old").unwrap();
    let listed = house.http.get("/api/v1/system/backups").await.ok();
    assert_eq!(names(&listed), ["daena-20200101T000000Z.db"]);
    assert_eq!(listed["backups"][0]["checksum"], json!(null), "the log does not know it");
    let mut taken = Vec::new();
    for _ in 0..11 {
        let backup = house.http.request("POST", "/api/v1/system/backup").send().await.ok();
        taken.insert(0, backup["backup"]["name"].as_str().unwrap().to_owned());
    }
    let page = house.http.get("/api/v1/system/backups?limit=4").await.ok();
    let rest = format!("/api/v1/system/backups?limit=50&cursor={}", page["next_cursor"].as_str().unwrap());
    let mut listed = names(&page);
    listed.extend(names(&house.http.get(&rest).await.ok()));
    assert_eq!(listed, taken[..10]);
    assert!(folder.join("notes.txt").exists() && folder.join("daena-old.db").exists());
    assert!(!folder.join("daena-20260101T000000Z.db.part").exists(), "half-made by a crash");
    house.end().await;
}

#[tokio::test]
async fn a_reset_needs_its_word() {
    let house = House::new().await;
    house.say("stays").await;
    let (before, head) = (house.stored().await, house.head());
    let post = async |body: Value| house.http.post("/api/v1/system/reset", body).await;
    assert_eq!(post(json!({})).await.problem(400, "invalid_request")["errors"][0]["pointer"], "/confirm");
    post(json!({"confirm": true})).await.problem(400, "invalid_request");
    let refused = post(json!({"confirm": "yes"})).await.problem(422, "unprocessable");
    assert_eq!(refused["errors"][0]["pointer"], "/confirm");
    assert_eq!((house.stored().await, house.head()), (before, head));
    house.end().await;
}

#[tokio::test]
async fn a_reset_brings_back_the_beginning_and_keeps_the_log_and_a_backup() {
    let house = House::new().await;
    let talk = house.say("gone soon").await["session_id"].as_str().unwrap().to_owned();
    house.http.patch("/api/v1/agents/hr-harmony", json!({"name": "Harry"})).await.ok();
    house.http.delete("/api/v1/agents/hr-talent").await.with_status(204);
    let agents = house.http.get("/api/v1/agents?limit=200").await.ok()["agents"].as_array().unwrap().len();
    let head = house.head();
    let request = house.http.request("POST", "/api/v1/system/reset").header("idempotency-key", "once");
    let done = request.json(&json!({"confirm": "reset"})).send().await.ok();
    assert_eq!((&done["removed"]["sessions"], &done["removed"]["messages"]), (&json!(1), &json!(2)));
    assert_eq!(done["removed"]["agents"], agents);
    assert_eq!(done["made"], 8 + 48 + 12 + 2 + 4 + 20);
    assert_eq!(house.stored().await, (0, 0));
    house.http.get(&format!("/api/v1/daena/chat/{talk}")).await.problem(404, "not_found");
    let harmony = house.http.get("/api/v1/agents/hr-harmony").await.ok();
    assert_eq!(harmony["name"], "Harmony");
    assert!(house.company.missing_from_seed().await.unwrap().made.is_empty());
    // The log went on: first the reset, then what was put in.
    let events = house.http.get(&format!("/api/v1/events?since={head}&limit=3")).await.ok();
    assert_eq!(events["events"][0]["event_type"], "system.backup");
    assert_eq!(events["events"][1]["event_type"], "system.reset");
    assert_eq!(events["events"][1]["payload"]["backup"], done["backup"]["name"]);
    assert_eq!(events["events"][2]["event_type"], "department.created");
    assert_eq!(house.http.get("/api/v1/audit/verify").await.ok()["intact"], true);
    // The same request again is not done again.
    let after = house.head();
    let request = house.http.request("POST", "/api/v1/system/reset").header("idempotency-key", "once");
    assert_eq!(request.json(&json!({"confirm": "reset"})).send().await.ok(), done);
    assert_eq!(house.head(), after);
    // The company works on.
    house.say("hello again").await;
    assert_eq!(house.stored().await, (1, 2));
    house.end().await;
}

#[tokio::test]
async fn a_reset_ends_the_replies_in_the_making() {
    let server = held(&["so ", "far"], 2).await;
    let house = House::with_server(&server).await;
    let body = json!({"message": "tell", "stream": true});
    let mut stream = house.http.request("POST", "/api/v1/daena/chat").json(&body).sse().await;
    assert_eq!(stream.next().await.unwrap().name(), "session");
    assert_eq!(stream.next().await.unwrap().name(), "delta");
    let done = house.http.post("/api/v1/system/reset", json!({"confirm": "reset"})).await.ok();
    assert_eq!(done["removed"]["messages"], 2);
    let rest = stream.collect().await;
    assert_eq!(rest.last().unwrap().name(), "done");
    assert_eq!(house.stored().await, (0, 0));
    house.end().await;
}
