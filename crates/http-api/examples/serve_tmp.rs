//! tmp
use chat_service::ChatService;
use company_service::Company;
use http_api::{ApiSettings, bind};
#[tokio::main]
async fn main() {
    let a: Vec<String> = std::env::args().collect();
    let chat = ChatService::builder().database(&a[1]).ollama(&a[2]).unwrap().start().await.unwrap();
    let company = Company::new(chat.clone());
    company.seed().await.unwrap();
    let s = ApiSettings { addresses: vec![a[3].parse().unwrap()], ..ApiSettings::default() };
    let b = bind(s, chat.clone(), company).unwrap();
    println!("ready {:?}", b.addresses());
    b.run(tokio_util::sync::CancellationToken::new()).await.unwrap();
}
