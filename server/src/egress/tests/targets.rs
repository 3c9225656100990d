use super::*;

/// What leads to a private or local place, however it is written.
const PRIVATE: &[&str] = &[
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.255.255.254/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://0177.0.1/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0X7F.0x0.0.01/",
    "http://0x7f.0.0.01/",
    "http://00000177.0.0.0x1/",
    "http://127.0.0.1./",
    "http://127%2E0%2e0.1/",
    "http://%31%32%37.0.0.1/",
    "http://%6c%6f%63alhost/",
    "http://１２７.０.０.１/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://12\t7.0.\n0.1/",
    "  http://127.0.0.1/  ",
    "http:127.0.0.1",
    "http:\\\\127.0.0.1\\x",
    "http:////127.0.0.1/",
    "HTTP://127.0.0.1/",
    "http://127.0.0.1#@crm.example.com/",
    "http://127.0.0.1\\@crm.example.com",
    "http://127.0.0.1:443/",
    "http://0/",
    "http://0x/",
    "http://0.0.0.0/",
    "http://0.1.2.3/",
    "http://10.0.0.1/",
    "http://012.1.2.3/",
    "http://10.255.255.255/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://3232235777/",
    "http://100.64.0.1/",
    "http://100.127.255.255/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://169.16689662/",
    "http://192.0.0.8/",
    "http://192.0.2.1/",
    "http://198.18.0.1/",
    "http://198.19.255.255/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://192.88.99.1/",
    "http://224.0.0.1/",
    "http://239.255.255.255/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://4294967295/",
    "http://[::]/",
    "http://[::1]/",
    "http://[0000:0:0::0001]/",
    "http://[::0.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:FFFF:A9FE:A9FE]/",
    "http://[::ffff:93.184.215.14]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::a00:1]/",
    "http://[100::1]/",
    "http://[2001::1]/",
    "http://[2001:0:7f00:1::5]/",
    "http://[2001:10::1]/",
    "http://[2001:20::1]/",
    "http://[2001:db8::1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[3fff:fff::1]/",
    "http://[4000::1]/",
    "http://[5f00::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://[febf::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://localhost/",
    "http://localhost:8080/",
    "http://LocalHost./",
    "http://ｌｏｃａｌｈｏｓｔ/",
    "http://local\u{ad}host/",
    "http://api.localhost/",
    "http://localhost.localdomain/",
    "http://printer.local/",
    "http://printer.local./",
    "http://metadata.google.internal/",
    "http://router.home.arpa/",
    "http://wiki.corp/",
    "http://db.lan/",
    "http://internal/",
    "http://intranet/",
    "http://wiki.intranet/",
    "http://db.private/",
    "http://nas.home/",
    "http://postgres/",
    "http://postgres./",
];

/// What is refused for another reason.
const WRONG: &[(&str, Refused)] = &[
    ("", Refused::Unreadable),
    ("crm.example.com/leads", Refused::Unreadable),
    ("//crm.example.com/", Refused::Unreadable),
    ("http://", Refused::Unreadable),
    ("https:///", Refused::Unreadable),
    ("http://1.2.3.4.5/", Refused::Unreadable),
    ("http://256.1.1.1/", Refused::Unreadable),
    ("http://4294967296/", Refused::Unreadable),
    ("http://crm.example.08/", Refused::Unreadable),
    ("http://[::1/", Refused::Unreadable),
    ("http://[fe80::1%25eth0]/", Refused::Unreadable),
    ("http://crm.example.com:65536/", Refused::Unreadable),
    ("http://crm example.com/", Refused::Unreadable),
    ("http://crm.example%00.com/", Refused::Unreadable),
    ("ftp://crm.example.com/", Refused::NotHttp),
    ("file:///etc/passwd", Refused::NotHttp),
    ("file://127.0.0.1/etc/passwd", Refused::NotHttp),
    ("gopher://crm.example.com:70/_x", Refused::NotHttp),
    ("ws://crm.example.com/", Refused::NotHttp),
    ("data:text/plain,x", Refused::NotHttp),
    ("javascript:alert(1)", Refused::NotHttp),
    ("crm.example.com:443/leads", Refused::NotHttp),
    ("https://user:secret@crm.example.com/", Refused::Credentials),
    ("https://user@crm.example.com/", Refused::Credentials),
    ("https://:secret@crm.example.com/", Refused::Credentials),
    ("https://crm.example.com@127.0.0.1/", Refused::Credentials),
    ("https://crm.example.com:22/", Refused::Port(22)),
    ("https://crm.example.com:0/", Refused::Port(0)),
    ("http://crm.example.com:6379/", Refused::Port(6379)),
    ("http://93.184.215.14:25/", Refused::Port(25)),
];

const GOOD: &[&str] = &[
    "https://crm.example.com/leads?from=portal#top",
    "http://crm.example.com/",
    "http://crm.example.com:8080/",
    "https://crm.example.com:8443/",
    "https://crm.example.com./",
    "https://bücher.example/",
    "https://local.example.com/",
    "https://notlocal.example/",
    "https://mylocalhost.example/",
    "https://93.184.215.14/",
    "https://1.1.1.1/",
    "https://9.255.255.255/",
    "https://11.0.0.0/",
    "https://100.63.255.255/",
    "https://100.128.0.0/",
    "https://126.255.255.255/",
    "https://128.0.0.0/",
    "https://169.253.255.255/",
    "https://169.255.0.0/",
    "https://172.15.255.255/",
    "https://172.32.0.0/",
    "https://192.0.1.0/",
    "https://192.167.255.255/",
    "https://192.169.0.0/",
    "https://198.17.255.255/",
    "https://198.20.0.0/",
    "https://223.255.255.255/",
    "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
    "https://[2001:200::1]/",
    "https://[2001:db9::1]/",
    "https://[2003::1]/",
    "https://[3fff:1000::1]/",
    "https://[2a00:1450:4001::1]/",
];

#[tokio::test]
async fn forbidden_targets_are_refused_however_they_are_written() {
    let rules = Rules::default();
    let egress = with_long_timeout(rules.clone(), names(&[&[PUBLIC]]));
    let private = PRIVATE.iter().map(|bad| (*bad, Refused::Private));
    for (bad, why) in private.chain(WRONG.iter().cloned()) {
        assert_eq!(check_url(&rules, bad).as_ref(), Err(&why), "{bad}");
        assert_eq!(egress.post(bad, &[], Vec::new()).await, Err(Failure::Refused(why)), "{bad}");
    }
}

#[test]
fn public_targets_are_not_refused() {
    let rules = Rules::default();
    for good in GOOD {
        assert_eq!(check_url(&rules, good).err(), None, "{good}");
    }
}

#[test]
fn the_operator_decides_about_schemes_ports_and_private_networks() {
    let https = Rules { https_only: true, ..Rules::default() };
    assert_eq!(check_url(&https, "http://crm.example.com/"), Err(Refused::NotHttps));
    assert_eq!(check_url(&https, "ftp://crm.example.com/"), Err(Refused::NotHttps));
    assert!(check_url(&https, "https://crm.example.com/").is_ok());

    let ports = Rules { ports: vec![9443], ..Rules::default() };
    assert_eq!(check_url(&ports, "https://crm.example.com/"), Err(Refused::Port(443)));
    assert!(check_url(&ports, "https://crm.example.com:9443/").is_ok());

    for local in ["http://127.0.0.1:4711/", "http://localhost:3000/", "http://receiver:9000/", "http://[::1]/"] {
        assert!(check_url(&development(), local).is_ok(), "{local}");
    }
    assert_eq!(check_url(&development(), "http://me:secret@localhost/"), Err(Refused::Credentials));
    assert_eq!(check_url(&development(), "file:///etc/passwd"), Err(Refused::NotHttp));
}

#[tokio::test]
async fn a_name_is_refused_if_any_of_its_addresses_is_private() {
    let url = "http://crm.example.com/";
    for answer in [
        &["127.0.0.1"][..],
        &["10.1.2.3"],
        &["169.254.169.254"],
        &["0.0.0.0"],
        &["::1"],
        &["::ffff:10.0.0.1"],
        &["fd00:ec2::254"],
        &["fe80::1"],
        &["64:ff9b::a00:1"],
        &["2002:7f00:1::"],
        &[PUBLIC, "192.168.0.1"],
        &["192.168.0.1", PUBLIC],
        &["2606:2800:21f::1", PUBLIC, "::1"],
    ] {
        let egress = with_long_timeout(Rules::default(), names(&[answer]));
        assert_eq!(egress.check(url).await, Err(Refused::Private), "{answer:?}");
        assert_eq!(egress.post(url, &[], Vec::new()).await, Err(Failure::Refused(Refused::Private)), "{answer:?}");
    }
    let found = resolve(&Rules::default(), names(&[&[PUBLIC, "2606:2800:21f::1"]]).as_ref(), "crm.example.com").await;
    assert_eq!(found.unwrap().len(), 2);

    let nobody = Refused::Unknown("crm.example.com".to_owned());
    let egress = with_long_timeout(Rules::default(), names(&[&[]]));
    assert_eq!(egress.check(url).await, Err(nobody.clone()));
    assert_eq!(egress.post(url, &[], Vec::new()).await, Err(Failure::Refused(nobody.clone())));
    let slow = with_short_timeout(Arc::new(Silent));
    assert_eq!(slow.check(url).await, Err(nobody));
    assert_eq!(slow.post(url, &[], Vec::new()).await, Err(Failure::Timeout));
}
